import type { MessageRecord } from '@fanfare/events/message-record';
import { RETENTION_SECONDS } from '@fanfare/events/retention';
import { sendable } from './sendable.ts';
import { ACCEPTED_AT, endpoint, state, task } from './task.fake.ts';

const NOW = ACCEPTED_AT + 500;
const DELETED = { deletedAt: '2026-01-01T00:00:00Z' };
const message: MessageRecord = {
  kind: 'message',
  eventType: 'invoice.paid',
  payload: new Uint8Array([123, 125]),
  encoding: 'identity',
  acceptedAt: ACCEPTED_AT,
  appVersion: 3,
  correlationId: 'c',
  payloadExpiresAt: ACCEPTED_AT / 1000 + 10,
  expiresAt: ACCEPTED_AT / 1000 + 100,
};
const { payload: _, ...byReference } = task();

describe('a task', () => {
  test('is sent to the endpoint as it is now, with the body it carries', () => {
    expect(sendable(task(), state(), NOW)).toEqual({
      kind: 'sendable',
      endpoint: endpoint(),
      payload: task().payload,
    });
  });

  test('that does not carry its body is sent with the message’s', () => {
    expect(sendable(byReference, state({ message }), NOW)).toMatchObject({
      kind: 'sendable',
      payload: { encoding: 'identity', base64: 'e30=' },
    });
  });

  const version = { kind: 'application-version', version: 3 } as const;
  const { endpoint: _endpoint, ...noEndpoint } = state();
  const { application: _application, ...noApplication } = state();
  test.each([
    ['whose application was deleted', task(), state({ application: { ...version, ...DELETED } }), NOW, /application/],
    ['whose application is not there', task(), noApplication, NOW, /application/],
    ['whose endpoint was deleted', task(), state({ endpoint: endpoint(DELETED) }), NOW, /endpoint was deleted/],
    ['whose endpoint is not there', task(), noEndpoint, NOW, /endpoint was deleted/],
    ['whose endpoint is disabled', task(), state({ endpoint: endpoint({ disabled: true }) }), NOW, /disabled/],
    ['whose message is not there', byReference, state(), NOW, /expired/],
    ['whose body must not be shown any more', byReference, state({ message }), NOW + 10_000, /expired/],
    [
      'whose content was expunged, although it carries its body,',
      ...[task(), state({ message: { ...message, expungedAt: NOW - 1 } }), NOW, /expunged/],
    ],
    [
      'that carries a body which must not be sent any more',
      ...[task({ payload: { encoding: 'identity', base64: 'e30=', expiresAt: NOW / 1000 } }), state(), NOW, /expired/],
    ],
    ['that is older than what is kept', task(), state(), ACCEPTED_AT + RETENTION_SECONDS * 1000, /expired/],
  ] as const)('%s is refused', (_title, given, found, now, reason) => {
    expect(sendable(given, found, now)).toEqual({ kind: 'refused', reason: expect.stringMatching(reason) });
  });
});
