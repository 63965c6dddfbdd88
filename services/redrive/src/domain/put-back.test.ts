import type { Letter } from './letter.ts';
import { putBack } from './put-back.ts';

const text = (value: string) => ({ type: 'String', text: value });
const letter = (more: Partial<Letter>): Letter => ({
  ...{ id: 'm', handle: 'h', sentAtMs: 1_800_000_000_000, body: '{}', attributes: {} },
  ...more,
});

describe('a dead letter that is put back', () => {
  test('goes with its body, attributes and group, and a task has all its hops again', () => {
    const body = JSON.stringify({ appId: 'app_1', hops: 16 });
    expect(putBack(letter({ body, attributes: { lane: text('webhook') } }), false)).toEqual({
      body: '{"appId":"app_1"}',
      group: 'app_1',
      attributes: { lane: text('webhook') },
    });
  });

  test('into a FIFO queue is told apart from what the queue has had minutes ago', () => {
    expect(putBack(letter({ group: 'ep_1#a' }), true)).toMatchObject({ group: 'ep_1#a', deduplicationId: 'redrive-m' });
  });

  const attributes = { application: text('customer-7') };

  test('from outside keeps every byte, whatever its payload looks like, and says which message it was', () => {
    const body = '{"appId": "app_1", "hops": 16}';
    expect(putBack(letter({ body, attributes }), false)).toEqual({
      body,
      attributes: { ...attributes, origin: text('m 1800000000000') },
    });
  });

  test('for the second time still says which message it was at first', () => {
    const told = { ...attributes, origin: text('first 1700000000000') };
    expect(putBack(letter({ attributes: told }), false).attributes).toEqual(told);
  });

  test('takes no more attributes than SQS does', () => {
    const ten = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`a${index}`, text('x')]));
    expect(putBack(letter({ attributes: ten }), false).attributes).toEqual(ten);
  });
});
