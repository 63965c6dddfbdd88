import fc from 'fast-check';
import {
  attemptItem,
  attemptRecordOf,
  cutText,
  type EndedAttempt,
  KEPT_FAILURE_BYTES,
  withoutCredentials,
} from './attempt.ts';
import { itemBytes, WRITE_UNIT_BYTES } from './item-size.ts';
import { ACCEPTED_AT, endpoint, task } from './task.fake.ts';

const ended = (fields: Partial<EndedAttempt> = {}): EndedAttempt => ({
  id: 'atmpt_2mVZKDbC3dEfGhIjKlMnOpQrStU',
  task: task(),
  endpoint: endpoint(),
  attemptedAt: ACCEPTED_AT + 400,
  endedAt: ACCEPTED_AT + 450,
  outcome: { kind: 'answered', status: 200, body: new TextEncoder().encode('ok') },
  step: { kind: 'delivered' },
  ...fields,
});
const answered = (status: number, body: Uint8Array) => ({ kind: 'answered', status, body }) as const;

describe('the record of an attempt', () => {
  test('tells what was answered, when and how long it took', () => {
    expect(attemptRecordOf(ended())).toMatchObject({
      kind: 'attempt',
      attempt: 1,
      succeeded: true,
      outcome: 'answered',
      responseStatusCode: 200,
      response: 'ok',
      responseDurationMs: 50,
      attemptedAt: ACCEPTED_AT + 400,
      eventType: 'invoice.paid',
    });
  });

  test('has the labels of its message, so that lists find it by them, and no room taken where there are none', () => {
    const labels = { channels: ['eu'], tags: ['user_7'] };
    expect(attemptRecordOf(ended({ task: task(labels) }))).toMatchObject(labels);
    const bare = attemptRecordOf(ended());
    expect(bare).not.toHaveProperty('channels');
    expect(bare).not.toHaveProperty('tags');
  });

  test('leaves the table with its message', () => {
    expect(attemptRecordOf(ended()).expiresAt).toBe(ACCEPTED_AT / 1000 + 90 * 24 * 60 * 60);
  });

  test('names the state of an endpoint that wants nothing any more, and of no other', () => {
    const endpointAsOf = endpoint().updatedAt;
    const body = new Uint8Array();
    const gone = attemptRecordOf(ended({ outcome: answered(410, body), step: { kind: 'give-up', reason: 'gone' } }));
    expect(gone).toMatchObject({ endpointAsOf });
    const asks = { ...answered(200, body), asks: 'disable' } as const;
    expect(attemptRecordOf(ended({ outcome: asks }))).toMatchObject({ endpointAsOf });
    expect(attemptRecordOf(ended())).not.toHaveProperty('endpointAsOf');
  });

  test('says when the next one follows, and which copy of the task answers for it', () => {
    const step = { kind: 'retry', delaySeconds: 30 } as const;
    expect(attemptRecordOf(ended({ step }))).toMatchObject({
      succeeded: false,
      nextAttemptAt: ACCEPTED_AT + 450 + 30_000,
      recordedBy: 'copy-1',
    });
    expect(attemptRecordOf(ended())).not.toHaveProperty('nextAttemptAt');
    expect(attemptRecordOf(ended())).not.toHaveProperty('recordedBy');
  });

  test.each([
    ['timed-out', { kind: 'timed-out' }, 'timed-out', 'no complete answer in time'],
    [
      'unreachable',
      { kind: 'unreachable', reason: 'the connection was reset' },
      'unreachable',
      'the connection was reset',
    ],
    ['blocked', { kind: 'blocked' }, 'refused', 'the address is not allowed'],
    ['refused', { kind: 'refused', reason: 'the endpoint is disabled' }, 'refused', 'the endpoint is disabled'],
  ] as const)('says why there was no answer: %s', (_kind, outcome, recorded, response) => {
    const step = { kind: 'give-up', reason: 'schedule-ended' } as const;
    const record = attemptRecordOf(ended({ outcome, step }));
    expect(record).toMatchObject({ outcome: recorded, responseStatusCode: 0, response, succeeded: false });
  });

  test('of a success costs one write unit, however much was answered', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4096 }), (body) => {
        const record = attemptRecordOf(ended({ outcome: answered(200, body) }));
        expect(itemBytes(attemptItem(task(), record))).toBeLessThanOrEqual(WRITE_UNIT_BYTES);
      }),
    );
  });

  test('of a success keeps what fits', () => {
    const body = new TextEncoder().encode('x'.repeat(4096));
    const record = attemptRecordOf(ended({ outcome: answered(200, body) }));
    expect(record.response.length).toBeGreaterThan(300);
    expect(itemBytes(attemptItem(task(), record))).toBe(WRITE_UNIT_BYTES);
  });

  test('of a failure keeps two kilobytes of the answer', () => {
    const outcome = answered(500, new TextEncoder().encode('é'.repeat(4096)));
    const { response } = attemptRecordOf(ended({ outcome, step: { kind: 'retry', delaySeconds: 1 } }));
    expect(Buffer.byteLength(response)).toBe(KEPT_FAILURE_BYTES);
  });

  test('never shows the user and password of a URL', () => {
    const { url } = attemptRecordOf(ended({ endpoint: endpoint({ url: 'https://user:p%40ss@example.com/in?a=@' }) }));
    expect(url).toBe('https://example.com/in?a=@');
  });
});

describe('a cut text', () => {
  test('is the beginning of the text, whole characters, within the limit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(100), (text, limit) => {
        const cut = cutText(text, limit);
        expect(text.startsWith(cut)).toBe(true);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(limit);
      }),
    );
  });

  test('is as long as the limit lets it be', () => {
    expect(cutText('aé', 2)).toBe('a');
    expect(cutText('aé', 3)).toBe('aé');
  });
});

test.each([
  ['https://example.com/', 'https://example.com/'],
  ['https://a@example.com/', 'https://example.com/'],
  ['http://a:b@c@example.com?x', 'http://example.com?x'],
  ['https://example.com/@me', 'https://example.com/@me'],
  ['', ''],
])('%j is shown as %j', (url, shown) => {
  expect(withoutCredentials(url)).toBe(shown);
});
