import { redriven } from './redriven.ts';

const text = (StringValue: string) => ({ DataType: 'String', StringValue });
const Attributes = { SentTimestamp: '1800000000000' };

describe('a dead letter that is put back', () => {
  test('goes with its body, attributes and group, and a task has all its hops again', () => {
    const Body = JSON.stringify({ appId: 'app_1', hops: 16 });
    expect(redriven({ MessageId: 'm', Body, Attributes, MessageAttributes: { lane: text('webhook') } }, false)).toEqual(
      {
        MessageBody: '{"appId":"app_1"}',
        MessageGroupId: 'app_1',
        MessageAttributes: { lane: text('webhook') },
      },
    );
  });

  const MessageAttributes = { application: text('customer-7') };

  test('from outside keeps every byte, whatever its payload looks like, and says which message it was', () => {
    const Body = '{"appId": "app_1", "hops": 16}';
    expect(redriven({ MessageId: 'm', Body, Attributes, MessageAttributes }, false)).toEqual({
      MessageBody: Body,
      MessageAttributes: { ...MessageAttributes, origin: text('m 1800000000000') },
    });
  });

  test('for the second time still says which message it was at first', () => {
    const told = { ...MessageAttributes, origin: text('first 1700000000000') };
    const again = redriven({ MessageId: 'm', Body: '{}', Attributes, MessageAttributes: told }, false);
    expect(again.MessageAttributes).toEqual(told);
  });

  test('takes no more attributes than SQS does', () => {
    const ten = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`a${index}`, text('x')]));
    expect(
      redriven({ MessageId: 'm', Body: '{}', Attributes, MessageAttributes: ten }, false).MessageAttributes,
    ).toEqual(ten);
  });
});
