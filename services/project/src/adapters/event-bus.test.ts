import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { DomainEvent } from '@fanfare/events/domain-event';
import { mockClient } from 'aws-sdk-client-mock';
import { entryBytes, eventBus, MAX_BATCH_BYTES, MAX_BATCH_ENTRIES } from './event-bus.ts';

const bridge = mockClient(EventBridgeClient);
const waits: number[] = [];
const publish = eventBus(new EventBridgeClient({}), 'fanfare-test-events', {
  sleep: async (ms) => void waits.push(ms),
  random: () => 0.5,
});

const event = (number: number, appUid = 'mine'): DomainEvent => ({
  ...{ v: 1, id: `evt_${number}`, type: 'endpoint.created', timestamp: '2026-11-25T03:00:00.000Z', orgId: 'org_1' },
  data: { appId: 'app_1', appUid, endpointId: 'ep_1' },
});
const events = (count: number) => Array.from({ length: count }, (_, number) => event(number));
const calls = () => bridge.commandCalls(PutEventsCommand).map(({ args }) => args[0].input.Entries ?? []);
const idsOf = () => calls().map((entries) => entries.map(({ Detail = '' }) => JSON.parse(Detail).id));

/** Answers as EventBridge does: an entry for each, and an error code for those that are refused. */
const refusing = (refused: (id: string, call: number) => boolean) => {
  let call = 0;
  bridge.on(PutEventsCommand).callsFake(({ Entries }: { Entries: { Detail: string }[] }) => {
    const answers = Entries.map(({ Detail }) =>
      refused(JSON.parse(Detail).id, call) ? { ErrorCode: 'ThrottlingException' } : { EventId: 'x' },
    );
    call += 1;
    return { FailedEntryCount: answers.filter((each) => 'ErrorCode' in each).length, Entries: answers };
  });
};

beforeEach(() => {
  bridge.reset();
  waits.length = 0;
});

describe('the bus', () => {
  test('gets each event with its type as detail type, and the time when it happened', async () => {
    refusing(() => false);
    await publish(events(1));
    expect(calls()).toEqual([
      [
        {
          EventBusName: 'fanfare-test-events',
          Source: 'fanfare',
          DetailType: 'endpoint.created',
          Detail: JSON.stringify(event(0)),
          Time: new Date('2026-11-25T03:00:00.000Z'),
        },
      ],
    ]);
  });

  test('is not called for nothing', async () => {
    await publish([]);
    expect(calls()).toEqual([]);
  });

  test('gets ten at a time, in their order', async () => {
    refusing(() => false);
    await publish(events(25));
    expect(calls().map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(idsOf().flat()).toEqual(events(25).map(({ id }) => id));
  });

  test('gets no more bytes at a time than it takes', async () => {
    refusing(() => false);
    await publish(Array.from({ length: 12 }, (_, number) => event(number, 'é'.repeat(20_000))));
    expect(idsOf().flat()).toHaveLength(12);
    for (const entries of calls()) {
      expect(entries.length).toBeLessThanOrEqual(MAX_BATCH_ENTRIES);
      expect(entries.reduce((sum, entry) => sum + entryBytes(entry), 0)).toBeLessThanOrEqual(MAX_BATCH_BYTES);
    }
  });

  test('is given again what it refuses, and nothing else', async () => {
    refusing((id, call) => call === 0 && ['evt_1', 'evt_3'].includes(id));
    await publish(events(4));
    expect(idsOf()).toEqual([
      ['evt_0', 'evt_1', 'evt_2', 'evt_3'],
      ['evt_1', 'evt_3'],
    ]);
    expect(waits).toEqual([50]);
  });

  test('that keeps refusing an event fails the whole, after growing waits', async () => {
    refusing((id) => id === 'evt_1');
    await expect(publish(events(3))).rejects.toThrow('1 events stay refused, the first with ThrottlingException');
    expect(waits).toEqual([50, 100, 200, 400, 800, 1500]);
  });

  test('that cannot be reached fails the whole', async () => {
    bridge.on(PutEventsCommand).rejects(new Error('unreachable'));
    await expect(publish(events(3))).rejects.toThrow('unreachable');
  });
});
