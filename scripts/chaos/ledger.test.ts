import { describe, expect, test } from '@jest/globals';
import { type Arrival, deliveriesOf, deliveryName, type Entries, type Told, verdictOn } from './ledger.ts';
import { ENDPOINTS, isWanted, plannedEvent } from './population.ts';

const EVENT = plannedEvent(0);
const [WANTING] = ENDPOINTS.filter((endpoint) => isWanted(endpoint, EVENT));
const OTHER = ENDPOINTS.find((endpoint) => !isWanted(endpoint, EVENT));
const to = WANTING?.name ?? '';

const arrival: Arrival = {
  to,
  messageId: 'msg_0',
  number: 0,
  isIdentical: true,
  isVerified: true,
  isTaken: true,
};
const told = (status: Told['status'], attempts?: number): Entries['told'] =>
  new Map([[deliveryName(to, 'msg_0'), { status, ...(attempts === undefined ? {} : { attempts }) }]]);

const entries: Entries = {
  planned: [EVENT],
  accepted: new Map([[0, 'msg_0']]),
  arrivals: [arrival],
  told: told('success'),
  attemptsAtMost: 5,
};

describe('the ledger', () => {
  test('is about events that exactly one endpoint wants here', () => {
    expect(deliveriesOf(entries).map(({ endpoint }) => endpoint.name)).toEqual([to]);
  });

  test('balances when what was accepted was taken once and is recorded so', () => {
    expect(verdictOn(entries)).toEqual({
      accepted: 1,
      deliveries: 1,
      succeeded: 1,
      givenUp: 0,
      requests: 1,
      duplicates: 0,
      broken: [],
    });
  });

  test('balances when a message was given up at the end of its schedule', () => {
    const verdict = verdictOn({ ...entries, arrivals: [{ ...arrival, isTaken: false }], told: told('fail', 5) });
    expect(verdict).toMatchObject({ succeeded: 0, givenUp: 1, broken: [] });
  });

  test('counts what was taken twice', () => {
    expect(verdictOn({ ...entries, arrivals: [arrival, arrival] })).toMatchObject({ duplicates: 1, broken: [] });
  });

  test.each<[string, Partial<Entries>, RegExp]>([
    ['an event that was never accepted', { accepted: new Map(), arrivals: [], told: new Map() }, /never accepted/],
    ['a message without an attempt', { arrivals: [], told: new Map() }, /lost, no attempt/],
    ['a message whose next attempt never came', { told: told('sending') }, /lost, the next attempt never came/],
    ['a message given up before the end of the schedule', { told: told('fail', 3) }, /after attempt 3 of 5/],
    ['a success that nobody took', { arrivals: [{ ...arrival, isTaken: false }] }, /recorded as delivered/],
    [
      'a message to an endpoint that did not want it',
      { arrivals: [arrival, { ...arrival, to: OTHER?.name ?? '' }] },
      /received, and not asked for/,
    ],
    [
      'a redirect that was followed',
      { arrivals: [arrival, { ...arrival, to: 'redirected' }] },
      /received, and not asked for/,
    ],
    [
      'an attempt at an endpoint that did not want it',
      { told: new Map([...entries.told, [deliveryName(OTHER?.name ?? '', 'msg_0'), { status: 'success' }]]) },
      /attempted, and not asked for/,
    ],
    ['a second id for one event', { arrivals: [arrival, { ...arrival, messageId: 'msg_1' }] }, /event 0 is msg_0/],
    ['bytes that were not posted', { arrivals: [{ ...arrival, isIdentical: false }] }, /other bytes/],
    ['a body that nobody posted', { arrivals: [{ ...arrival, number: undefined }] }, /nobody posted/],
    ['a signature that does not verify', { arrivals: [{ ...arrival, isVerified: false }] }, /does not verify/],
  ])('finds %s', (_title, change, sentence) => {
    expect(verdictOn({ ...entries, ...change }).broken).toContainEqual(expect.stringMatching(sentence));
  });
});
