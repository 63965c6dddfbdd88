import { describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { ReceivedRequest } from '../receiver/receiver.ts';
import type { AcceptedMessage, CreatedEndpoint, ToldAttempt } from './delivery.ts';
import { timelineOf } from './timeline.ts';
import { verdictOn } from './verdict.ts';

const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const SENT_AT_MS = Date.now();

const flaky: CreatedEndpoint = {
  name: 'flaky',
  path: '/flaky',
  eventTypes: ['order.placed'],
  behaviour: { kind: 'answer', statuses: [500, 200] },
  id: 'ep_1',
  secret: SECRET,
};

const other: CreatedEndpoint = { ...flaky, name: 'other', path: '/other', eventTypes: ['invoice.paid'], id: 'ep_2' };

const order: AcceptedMessage = {
  id: 'msg_1',
  eventType: 'order.placed',
  payload: { order: 1 },
  sentAtMs: SENT_AT_MS,
  acceptedAtMs: SENT_AT_MS + 20,
};

const request = (status: number, afterMs: number, more: Partial<ReceivedRequest> = {}): ReceivedRequest => {
  const body = more.body ?? Buffer.from(JSON.stringify(order.payload));
  const at = new Date(SENT_AT_MS + afterMs);
  return {
    receivedAtMs: at.getTime(),
    method: 'POST',
    path: '/flaky',
    headers: {
      'webhook-id': order.id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(SECRET).sign(order.id, at, body.toString('utf8')),
    },
    body,
    status,
    ...more,
  };
};

const told = (responseStatusCode: number, afterMs: number): ToldAttempt => ({
  endpointId: flaky.id,
  status: responseStatusCode === 200 ? 0 : 2,
  responseStatusCode,
  attemptedAtMs: SENT_AT_MS + afterMs,
});

const GOOD = [request(500, 100), request(200, 1100)];

const verdict = (requests: readonly ReceivedRequest[], attempts = [told(200, 1090), told(500, 90)]) =>
  verdictOn(
    { appId: 'app_1', endpoints: [flaky, other], messages: [order], attempts: new Map([[order.id, attempts]]) },
    requests,
  );

describe('a play', () => {
  test('is right when every attempt was received, verified and told', () => {
    expect(verdict(GOOD)).toMatchObject({ faults: [], verified: 2 });
  });

  test.each([
    ['a delivery that never came', [], 'order.placed to flaky: answered [, ] instead of [500, 200]'],
    [
      'one attempt too many',
      [...GOOD, request(200, 1200)],
      'order.placed to flaky: answered [500, 200, 200] instead of [500, 200]',
    ],
    [
      'a body that is not what was signed',
      [request(500, 100), request(200, 1100, { headers: GOOD[1]?.headers ?? {}, body: Buffer.from('{"order":2}') })],
      'order.placed to flaky: a signature did not verify',
    ],
    [
      'a body that is not what was sent',
      [request(500, 100), request(200, 1100, { body: Buffer.from('{"order":2}') })],
      'order.placed to flaky: the body is not what was sent',
    ],
    [
      'what was filtered out',
      [...GOOD, request(200, 300, { path: '/other' })],
      'order.placed to other: received although it was filtered out',
    ],
    [
      'a request of no message',
      [...GOOD, request(200, 300, { path: '/nobody' })],
      'POST /nobody belongs to no delivery',
    ],
  ])('is wrong with %s', (_title, requests, fault) => {
    expect(verdict(requests).faults).toContain(fault);
  });

  test('is wrong when the API tells another story', () => {
    expect(verdict(GOOD, [told(500, 90)]).faults).toEqual([
      'order.placed to flaky: the API tells [500, ] instead of [500, 200]',
    ]);
  });
});

describe('the timeline of a message', () => {
  test('tells each attempt with its time, status and signature, and leaves out who was not meant', () => {
    const [deliveries = []] = verdict(GOOD).deliveries;
    expect(timelineOf(deliveries, new Map([[order.id, SENT_AT_MS + 50]]))).toEqual([
      '  order.placed  msg_1',
      '    +0.020 s  accepted (202)',
      '    +0.050 s  fanned out to flaky',
      '    +0.090 s  flaky        attempt 1  500 Internal Server Error received at +0.100 s, signature verified',
      '    +1.090 s  flaky        attempt 2  200 OK                   received at +1.100 s, signature verified',
    ]);
  });

  test('does without the time of fan-out when it was not logged', () => {
    const [deliveries = []] = verdict(GOOD).deliveries;
    expect(timelineOf(deliveries, new Map())[2]).toBe('              fanned out to flaky');
  });
});
