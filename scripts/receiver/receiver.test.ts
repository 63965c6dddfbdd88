import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Receiver, startReceiver } from './receiver.ts';

let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
});

afterEach(() => receiver.stop());

const post = async (path: string, { id = 'msg_1', body = '{}' } = {}) =>
  (await fetch(receiver.url(path), { method: 'POST', headers: { 'webhook-id': id }, body })).status;

describe('the receiver', () => {
  test('answers 200 to a path nobody spoke about', async () => {
    expect(await post('/anything')).toBe(200);
  });

  test('keeps the bytes as they came', async () => {
    await post('/bytes', { body: '{"a": 1,\n "b":"é"}' });
    expect(receiver.requests[0]?.body).toEqual(Buffer.from('{"a": 1,\n "b":"é"}'));
  });

  test('fails each message as often as told, then accepts it', async () => {
    receiver.behave('/flaky', { kind: 'answer', statuses: [500, 503, 200] });
    const first = [await post('/flaky'), await post('/flaky')];
    const other = await post('/flaky', { id: 'msg_2' });
    expect([...first, other, await post('/flaky'), await post('/flaky')]).toEqual([500, 503, 500, 200, 200]);
  });

  test('leaves a request hanging and still records it', async () => {
    receiver.behave('/hang', { kind: 'hang' });
    const patience = new AbortController();
    const answer = fetch(receiver.url('/hang'), { method: 'POST', body: 'x', signal: patience.signal });
    while (receiver.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    patience.abort();
    await expect(answer).rejects.toThrow();
    expect(receiver.requests.map(({ path, status }) => ({ path, status }))).toEqual([
      { path: '/hang', status: undefined },
    ]);
  });

  test('answers late when told to', async () => {
    receiver.behave('/slow', { kind: 'answer', statuses: [200], delayMilliseconds: 150 });
    const startedAt = performance.now();
    await post('/slow');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(145);
  });

  test('stops although a request is hanging', async () => {
    receiver.behave('/hang', { kind: 'hang' });
    const answer = fetch(receiver.url('/hang')).catch(() => 'gone');
    while (receiver.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await receiver.stop();
    expect(await answer).toBe('gone');
  });
});
