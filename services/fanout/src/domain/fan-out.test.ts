import type { Publication } from '@fanfare/core/deliveries/publication';
import { unpackPayload } from '@fanfare/core/payload';
import { deliveryTask, INLINE_LIMIT_BYTES } from '@fanfare/events/delivery-task';
import type { MessageRecord } from '@fanfare/events/message-record';
import type { Application } from './application-cache.ts';
import { type FanOutPorts, fanOut } from './fan-out.ts';
import { fakeLog } from './take-place.fake.ts';
import type { WakeUp } from './wake-up.ts';

const NOW = 1_800_000_000_000;
const REF = { orgId: 'org_1', appId: 'app_1', messageId: 'msg_1' };

const message = (fields: Partial<MessageRecord> = {}): MessageRecord => ({
  kind: 'message',
  eventType: 'invoice.paid',
  payload: new TextEncoder().encode('{"amount":1.50}'),
  encoding: 'identity',
  acceptedAt: NOW - 300,
  appVersion: 7,
  correlationId: 'c-1',
  payloadExpiresAt: NOW / 1000 + 100,
  expiresAt: NOW / 1000 + 100,
  ...fields,
});

const application = (ids: readonly string[], fields: Partial<Application> = {}): Application => ({
  version: 7,
  deleted: false,
  subscribers: ids.map((id) => ({ id, disabled: id === 'ep_disabled', sinceVersion: 1 })),
  unreadable: [],
  ...fields,
});

const portsFor = (found: Application) => {
  const published: Publication[] = [];
  const woken: WakeUp[] = [];
  const log = fakeLog();
  let copies = 0;
  const ports: FanOutPorts = {
    ...log,
    applicationOf: async () => found,
    publish: async (publications) => void published.push(...publications),
    wake: async (wakeUps) => void woken.push(...wakeUps),
    now: () => NOW,
    mintCopyId: () => `copy-${copies++}`,
  };
  return {
    ports,
    published,
    woken,
    log,
    tasks: () => published.map(({ body }) => deliveryTask.parse(JSON.parse(body))),
  };
};

describe('fan-out', () => {
  test('publishes one task for each endpoint that matches, with the body that was posted', async () => {
    const { ports, tasks, published } = portsFor(application(['ep_1', 'ep_disabled', 'ep_2']));
    await fanOut([{ ref: REF, message: message({ channels: ['a'], tags: ['b'] }) }], ports);
    expect(tasks()).toMatchObject([
      {
        ...{ ...REF, v: 1, endpointId: 'ep_1', attempt: 1, copyId: 'copy-0' },
        ...{ eventType: 'invoice.paid', channels: ['a'], tags: ['b'] },
      },
      { ...REF, v: 1, endpointId: 'ep_2', attempt: 1, acceptedAt: NOW - 300, copyId: 'copy-1' },
    ]);
    const { encoding, base64 } = tasks()[0]?.payload ?? { encoding: 'identity', base64: '' };
    const body = unpackPayload({ encoding, bytes: new Uint8Array(Buffer.from(base64, 'base64')) });
    expect(new TextDecoder().decode(body)).toBe('{"amount":1.50}');
    expect(published).toMatchObject([
      { groupId: 'app_1', correlationId: 'c-1' },
      { groupId: 'app_1', correlationId: 'c-1' },
    ]);
  });

  test('publishes the task of a destination of AWS for its lane, and says so in the task', async () => {
    const { subscribers } = application(['ep_1', 'ep_2']);
    const lanes = subscribers.map((one) => (one.id === 'ep_2' ? ({ ...one, lane: 'aws' } as const) : one));
    const { ports, tasks, published } = portsFor(application([], { subscribers: lanes }));
    await fanOut([{ ref: REF, message: message() }], ports);
    expect(published.map(({ lane }) => lane)).toEqual(['webhook', 'aws']);
    expect(tasks().map(({ lane }) => lane)).toEqual([undefined, 'aws']);
  });

  test.each([
    ['travels with the task', INLINE_LIMIT_BYTES, true],
    ['one byte over the limit stays in the table', INLINE_LIMIT_BYTES + 1, false],
  ])('a body at the limit: %s', async (_title, bytes, isInline) => {
    const { ports, tasks } = portsFor(application(['ep_1']));
    await fanOut([{ ref: REF, message: message({ payload: new Uint8Array(bytes) }) }], ports);
    expect(tasks()[0]?.payload !== undefined).toBe(isInline);
  });

  test('publishes nothing of a message that was put back from the archive', async () => {
    const { ports, tasks } = portsFor(application(['ep_1']));
    const back = message({ restoredAt: NOW - 1 });
    await expect(fanOut([{ ref: REF, message: back }], ports)).resolves.toMatchObject([{ kind: 'restored' }]);
    expect(tasks()).toEqual([]);
  });

  test('gives no task a body that was expunged, and says of one that expires first when that is', async () => {
    const { ports, tasks } = portsFor(application(['ep_1']));
    const gone = message({ payload: new Uint8Array(), payloadExpiresAt: 0, expungedAt: NOW - 1 });
    const short = message({ payloadExpiresAt: NOW / 1000 + 50 });
    await fanOut(
      [gone, short, message()].map((each) => ({ ref: REF, message: each })),
      ports,
    );
    expect(tasks().map(({ payload }) => payload && { expiresAt: payload.expiresAt })).toEqual([
      undefined,
      { expiresAt: NOW / 1000 + 50 },
      { expiresAt: undefined },
    ]);
  });

  test.each([
    ['an expired message', message({ expiresAt: NOW / 1000 }), application(['ep_1']), 'expired'],
    ['a message of a deleted application', message(), application(['ep_1'], { deleted: true }), 'application-deleted'],
    ['a message nobody asked for', message(), application([]), 'published'],
  ] as const)('%s is for nobody', async (_title, sent, found, kind) => {
    const { ports, published } = portsFor(found);
    await expect(fanOut([{ ref: REF, message: sent }], ports)).resolves.toEqual([
      { kind, publications: [], wakeUps: [] },
    ]);
    expect(published).toEqual([]);
  });

  test('an endpoint that cannot be read does not keep the others from their tasks, and is told of', async () => {
    const { ports, tasks } = portsFor(application(['ep_1'], { unreadable: ['ep_2'] }));
    const [result] = await fanOut([{ ref: REF, message: message() }], ports);
    expect(tasks()).toMatchObject([{ endpointId: 'ep_1' }]);
    expect(result?.problem).toBe('endpoints cannot be read: ep_2');
  });

  test('a message whose tasks the topic would never take is told of instead of being tried for ever', async () => {
    const { ports, published } = portsFor(application(['ep_1']));
    const [result] = await fanOut([{ ref: REF, message: message({ eventType: 'x'.repeat(300_000) }) }], ports);
    expect(published).toEqual([]);
    expect(result?.problem).toBe('its tasks are larger than the topic takes');
  });

  test('a correlation id that is not safe is replaced by the message id', async () => {
    const { ports, published } = portsFor(application(['ep_1']));
    await fanOut([{ ref: REF, message: message({ correlationId: '' }) }], ports);
    expect(published).toMatchObject([{ correlationId: 'msg_1' }]);
  });

  test('a dependency that fails fails the batch', async () => {
    const { ports } = portsFor(application(['ep_1']));
    const failing = { ...ports, applicationOf: async () => Promise.reject(new Error('throttled')) };
    await expect(fanOut([{ ref: REF, message: message() }], failing)).rejects.toThrow('throttled');
  });
});

describe('a message that was to be delivered later', () => {
  const later = message({ deliverAt: NOW + 1 });

  test('is not published before its time', async () => {
    const { ports, published } = portsFor(application(['ep_1']));
    await expect(fanOut([{ ref: REF, message: later }], ports)).resolves.toMatchObject([{ kind: 'waiting' }]);
    expect(published).toEqual([]);
  });

  test('is published when its time has come, also where the clock is behind, and counts from then', async () => {
    const { ports, tasks } = portsFor(application(['ep_1']));
    await fanOut([{ ref: REF, message: later, isDue: true }], ports);
    expect(tasks()).toMatchObject([{ endpointId: 'ep_1', acceptedAt: NOW + 1 }]);
  });

  test('goes to the endpoints of the time when it is due, asked for anew', async () => {
    const late = { id: 'ep_late', disabled: false, sinceVersion: 9 };
    const { ports, tasks } = portsFor(application([], { version: 9, subscribers: [late] }));
    const asked: number[] = [];
    const applicationOf: FanOutPorts['applicationOf'] = (ref, version) => {
      asked.push(version);
      return ports.applicationOf(ref, version);
    };
    await fanOut([{ ref: REF, message: later, isDue: true }], { ...ports, applicationOf });
    expect(tasks()).toMatchObject([{ endpointId: 'ep_late' }]);
    expect(asked).toEqual([Number.MAX_SAFE_INTEGER]);
  });

  test('is not published once it was called off', async () => {
    const { ports, published } = portsFor(application(['ep_1']));
    const cancelled = { ref: REF, message: { ...later, cancelledAt: NOW - 5 }, isDue: true };
    await expect(fanOut([cancelled], ports)).resolves.toMatchObject([{ kind: 'cancelled' }]);
    expect(published).toEqual([]);
  });
});

describe('for an ordered endpoint', () => {
  const ordered = { id: 'ep_ordered', disabled: false, sinceVersion: 1, orderedSince: NOW - 60_000, orderedVersion: 5 };
  const plain = { id: 'ep_1', disabled: false, sinceVersion: 1 };
  const both = application([], { subscribers: [plain, ordered] });
  const placed = (number: number, more: Partial<MessageRecord> = {}) => ({
    ref: { ...REF, messageId: `msg_${number}` },
    message: message({ order: { key: 'a', number }, ...more }),
  });
  const numbers = (woken: readonly WakeUp[]) => woken.map(({ wake }) => `${wake.endpointId} ${wake.number}`);

  test('a message that has its place wakes it and is no task, while others get theirs', async () => {
    const { ports, tasks, woken } = portsFor(both);
    const results = await fanOut([placed(4)], ports);
    expect(tasks().map(({ endpointId }) => endpointId)).toEqual(['ep_1']);
    expect(numbers(woken)).toEqual(['ep_ordered 4']);
    expect(results).toMatchObject([{ kind: 'published', wakeUps: [{ wake: { orderingKey: 'a' } }] }]);
  });

  test('messages of a batch wake it once, for the highest number, whatever order they come in', async () => {
    const { ports, woken } = portsFor(both);
    await fanOut([placed(4), placed(6), placed(5), placed(6)], ports);
    expect(numbers(woken)).toEqual(['ep_ordered 6']);
  });

  test('a message without a place is a task as ever', async () => {
    const { ports, tasks, woken } = portsFor(both);
    await fanOut([{ ref: REF, message: message() }], ports);
    expect(tasks().map(({ endpointId }) => endpointId)).toEqual(['ep_1', 'ep_ordered']);
    expect(woken).toEqual([]);
  });

  test('a message that was accepted before it became ordered is a task, whatever the clocks said', async () => {
    const { ports, tasks, woken } = portsFor(both);
    await fanOut([placed(4, { appVersion: 4, acceptedAt: NOW })], ports);
    expect(tasks().map(({ endpointId }) => endpointId)).toEqual(['ep_1', 'ep_ordered']);
    await fanOut([placed(5, { appVersion: 5, acceptedAt: NOW - 600_000 })], ports);
    expect(numbers(woken)).toEqual(['ep_ordered 5']);
  });

  test('a message that it did not ask for, or while it is disabled, does not wake it', async () => {
    const unwilling = [
      { ...ordered, disabled: true },
      { ...ordered, eventTypes: ['other'] },
    ];
    const { ports, tasks, woken } = portsFor(application([], { subscribers: unwilling }));
    await fanOut([placed(4)], ports);
    expect([...tasks(), ...woken]).toEqual([]);
  });

  test('a message too large for its tasks still wakes it: its wake-up carries nothing of it', async () => {
    const { ports, woken } = portsFor(both);
    const [result] = await fanOut([placed(4, { eventType: 'x'.repeat(300_000) })], ports);
    expect(result?.problem).toBe('its tasks are larger than the topic takes');
    expect(numbers(woken)).toEqual(['ep_ordered 4']);
  });

  test('a wake-up that is refused fails the batch, and the repeat publishes everything again', async () => {
    const { ports, tasks, woken } = portsFor(both);
    const failing = { ...ports, wake: async () => Promise.reject(new Error('refused')) };
    await expect(fanOut([placed(4)], failing)).rejects.toThrow('refused');
    await fanOut([placed(4)], ports);
    expect(tasks()).toHaveLength(2);
    expect(numbers(woken)).toEqual(['ep_ordered 4']);
  });

  describe('a message that has waited for its time', () => {
    const later = { ref: REF, isDue: true, message: message({ deliverAt: NOW, orderingKey: 'a', appVersion: 2 }) };

    test('takes its place when it is due, once, however often it is fanned out', async () => {
      const { ports, log, tasks, woken } = portsFor(both);
      await log.put(REF, later.message);
      await fanOut([later], ports);
      await fanOut([later], ports);
      await expect(log.placeIn(REF)).resolves.toEqual({ key: 'a', number: 1 });
      expect(numbers(woken)).toEqual(['ep_ordered 1', 'ep_ordered 1']);
      expect(new Set(tasks().map(({ endpointId }) => endpointId))).toEqual(new Set(['ep_1']));
    });

    test('that has its place already keeps it', async () => {
      const { ports, woken } = portsFor(both);
      const unasked = { ...ports, takeNumber: () => Promise.reject(new Error('a number was taken')) };
      await fanOut([{ ...later, message: { ...later.message, order: { key: 'a', number: 7 } } }], unasked);
      expect(numbers(woken)).toEqual(['ep_ordered 7']);
    });

    test('takes none where nobody who gets it is ordered', async () => {
      const { ports, tasks } = portsFor(
        application([], { subscribers: [plain, { ...ordered, eventTypes: ['other'] }] }),
      );
      const unasked = { ...ports, takeNumber: () => Promise.reject(new Error('a number was taken')) };
      await fanOut([later], unasked);
      expect(tasks().map(({ endpointId }) => endpointId)).toEqual(['ep_1']);
    });

    test('that was called off, or is not due, takes none', async () => {
      const { ports, log } = portsFor(both);
      const cancelled = { ...later, message: { ...later.message, cancelledAt: NOW } };
      await fanOut([cancelled, { ref: REF, message: { ...later.message, deliverAt: NOW + 1 } }], ports);
      await expect(log.takeNumber({ ...REF, orderingKey: 'a' })).resolves.toBe(1);
    });
  });
});
