import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { unpackPayload } from '@fanfare/core/payload';
import { bodyAt } from '@fanfare/core/payload-object';
import { fakePayloadStore } from '@fanfare/core/payload-object.fake';
import type { MessageRecord } from '@fanfare/events/message-record';
import { type AcceptPorts, type AcceptRequest, accept } from './accept.ts';
import { fakeMessageTable } from './message-table.fake.ts';

const orgId = 'org_1';
const HOUR_MS = 60 * 60 * 1000;
const DAY_SECONDS = 24 * 60 * 60;
const message = { eventType: 'user.created', body: '{"price":1.50}', payloadRetentionHours: 7 * 24 };
const request: AcceptRequest = { orgId, application: 'customer-7', message, correlationId: 'request-1' };
const idempotency = { keyHash: (appId: string) => `hash-of-${appId}`, fingerprint: 'of-this-body' };

/** One application, a table in memory, a clock that the test moves, and ids that count. */
const world = () => {
  const state = {
    nowMs: 1_800_000_000_123,
    version: 3,
    orderedEndpoints: undefined as number | undefined,
    payloadRetentionDays: undefined as number | undefined,
    minted: 0,
    markFails: false,
  };
  const table = fakeMessageTable(() => state.nowMs);
  const objects = fakePayloadStore();
  const saves: string[] = [];
  const order: string[] = [];
  const ports: AcceptPorts = {
    findApplication: async (organisation, idOrUid) =>
      organisation === orgId && ['app_1', 'customer-7'].includes(idOrUid)
        ? {
            orgId,
            appId: 'app_1',
            version: state.version,
            ...(state.orderedEndpoints === undefined ? {} : { orderedEndpoints: state.orderedEndpoints }),
            ...(state.payloadRetentionDays === undefined ? {} : { payloadRetentionDays: state.payloadRetentionDays }),
          }
        : undefined,
    ...table,
    markActive: async ({ appId }, acceptedAt) => {
      if (state.markFails) throw new Error('throttled');
      order.push(`mark ${appId} ${acceptedAt}`);
    },
    keepPayload: async (ref, packed) => {
      order.push(`keep ${packed.length}`);
      await objects.keep(ref, packed);
    },
    save: async (ref, record) => {
      order.push('save');
      saves.push(ref.messageId);
      return table.save(ref, record);
    },
    now: () => state.nowMs,
    mintMessageId: () => {
      state.minted += 1;
      return `msg_${state.minted}`;
    },
  };
  const stored = (messageId: string) => table.stored({ orgId, appId: 'app_1', messageId });
  const isDue = (messageId: string, dueAt: number) => table.isDue({ orgId, appId: 'app_1', messageId }, dueAt);
  const placeOf = (orderingKey: string, number: number) =>
    table.placeOf({ orgId, appId: 'app_1', orderingKey }, number);
  const close = (orderingKey: string, number: number) =>
    table.closeNumber({ orgId, appId: 'app_1', orderingKey }, number);
  return { state, ports, stored, isDue, saves, order, placeOf, close, objects };
};

const idOf = (accepted: Awaited<ReturnType<typeof accept>>): string => {
  if (!accepted.ok) throw new Error(accepted.error);
  return accepted.value.messageId;
};

test('an accepted message stands in the table, with the version it was accepted under', async () => {
  const { ports, stored } = world();
  const id = idOf(await accept({ ...request, message: { ...message, channels: ['eu'], tags: ['user_7'] } }, ports));
  const record = (await stored(id)) as MessageRecord;
  expect(record).toMatchObject({
    kind: 'message',
    eventType: 'user.created',
    channels: ['eu'],
    tags: ['user_7'],
    acceptedAt: 1_800_000_000_123,
    appVersion: 3,
    correlationId: 'request-1',
    payloadExpiresAt: 1_800_000_000 + 7 * DAY_SECONDS,
    expiresAt: 1_800_000_000 + 90 * DAY_SECONDS,
  });
  const body = unpackPayload({ encoding: record.encoding, bytes: record.payload ?? new Uint8Array() });
  expect(new TextDecoder().decode(body)).toBe('{"price":1.50}');
});

describe('a payload is kept', () => {
  const ACCEPTED_AT = 1_800_000_000_123;
  const silent = { ...request, message: { eventType: 'user.created', body: '{}' } };
  const keptSeconds = async (given: AcceptRequest, payloadRetentionDays?: number) => {
    const { state, ports, stored } = world();
    state.payloadRetentionDays = payloadRetentionDays;
    const { payloadExpiresAt = 0, expiresAt = 0 } = (await stored(idOf(await accept(given, ports)))) ?? {};
    return { payload: payloadExpiresAt - 1_800_000_000, message: expiresAt - 1_800_000_000 };
  };

  test('as long as its message where neither that nor its application says otherwise', async () => {
    await expect(keptSeconds(silent)).resolves.toEqual({ payload: 90 * DAY_SECONDS, message: 90 * DAY_SECONDS });
  });

  test('as long as its application says where its message does not, and the message stays', async () => {
    await expect(keptSeconds(silent, 30)).resolves.toEqual({ payload: 30 * DAY_SECONDS, message: 90 * DAY_SECONDS });
  });

  test('as long as its message says, be that shorter or longer than its application does', async () => {
    await expect(keptSeconds(request, 30)).resolves.toMatchObject({ payload: 7 * DAY_SECONDS });
    await expect(keptSeconds(request, 5)).resolves.toMatchObject({ payload: 7 * DAY_SECONDS });
    const anHour = { ...silent, message: { ...silent.message, payloadRetentionHours: 1 } };
    await expect(keptSeconds(anHour, 5)).resolves.toMatchObject({ payload: 3600 });
  });

  test('from the time on at which its message is to be delivered', async () => {
    const later = { ...silent, message: { ...silent.message, deliverAt: ACCEPTED_AT + 10 * HOUR_MS } };
    await expect(keptSeconds(later, 30)).resolves.toMatchObject({ payload: 30 * DAY_SECONDS + 10 * 3600 });
  });

  test('no longer than its message, also where that comes late', async () => {
    const expiry = async (days?: number) => {
      const { state, ports, stored } = world();
      const dies: AcceptPorts = { ...ports, save: () => Promise.reject(new Error('the process died')) };
      await accept({ ...silent, idempotency }, dies).catch(() => undefined);
      state.nowMs += 11 * HOUR_MS;
      if (days !== undefined) state.payloadRetentionDays = days;
      const { payloadExpiresAt = 0, expiresAt = 0 } =
        (await stored(idOf(await accept({ ...silent, idempotency }, ports)))) ?? {};
      return [payloadExpiresAt - 1_800_000_000, expiresAt - payloadExpiresAt];
    };
    await expect(expiry()).resolves.toEqual([90 * DAY_SECONDS, 0]);
    await expect(expiry(5)).resolves.toEqual([5 * DAY_SECONDS + 11 * 3600, 85 * DAY_SECONDS - 11 * 3600]);
  });

  test('as its application said when it was accepted: neither a repeat nor a change of the application moves that', async () => {
    const { state, ports, stored } = world();
    state.payloadRetentionDays = 30;
    const id = idOf(await accept({ ...silent, idempotency }, ports));
    const before = await stored(id);
    state.payloadRetentionDays = 5;
    expect(idOf(await accept({ ...silent, idempotency }, ports))).toBe(id);
    await expect(stored(id)).resolves.toEqual(before);
  });
});

test('what the caller is told is what stands in the table', async () => {
  const { ports } = world();
  await expect(accept(request, ports)).resolves.toEqual({
    ok: true,
    value: { orgId, appId: 'app_1', messageId: 'msg_1', acceptedAt: 1_800_000_000_123, message },
  });
});

test('the application is found by its id as by its uid', async () => {
  const { ports } = world();
  await expect(accept({ ...request, application: 'app_1' }, ports)).resolves.toMatchObject({ ok: true });
});

test("an application that is not the caller's is not found, and nothing is written", async () => {
  const { ports, saves } = world();
  const answer = await accept({ ...request, orgId: 'org_2', idempotency }, ports);
  expect(answer).toEqual({ ok: false, error: 'application-not-found' });
  expect(saves).toEqual([]);
});

test('without a key, each call is another message', async () => {
  const { ports } = world();
  expect(idOf(await accept(request, ports))).not.toBe(idOf(await accept(request, ports)));
});

test('a call that is repeated with its key is the same message, whenever it comes', async () => {
  const { state, ports, saves } = world();
  const first = await accept({ ...request, idempotency }, ports);
  state.nowMs += 11 * HOUR_MS;
  await expect(accept({ ...request, idempotency }, ports)).resolves.toEqual(first);
  expect(new Set(saves)).toEqual(new Set(['msg_1']));
});

test('after twelve hours a key is another message', async () => {
  const { state, ports } = world();
  const first = idOf(await accept({ ...request, idempotency }, ports));
  state.nowMs += 12 * HOUR_MS + 1000;
  expect(idOf(await accept({ ...request, idempotency }, ports))).not.toBe(first);
});

test('the same key with another body is refused, and the first message stays as it was', async () => {
  const { ports, stored, saves } = world();
  const first = idOf(await accept({ ...request, idempotency }, ports));
  const before = await stored(first);
  const other = {
    ...request,
    message: { ...message, body: '{}' },
    idempotency: { ...idempotency, fingerprint: 'other' },
  };
  await expect(accept(other, ports)).resolves.toEqual({ ok: false, error: 'idempotency-key-reused' });
  await expect(stored(first)).resolves.toEqual(before);
  expect(saves).toEqual(['msg_1']);
});

test('a call that died between its claim and its message is completed by its repeat, under the id it had', async () => {
  const { state, ports, stored } = world();
  const dies: AcceptPorts = { ...ports, save: () => Promise.reject(new Error('the process died')) };
  await expect(accept({ ...request, idempotency }, dies)).rejects.toThrow('the process died');
  state.nowMs += 5000;
  state.version = 4;
  const repeated = await accept({ ...request, idempotency }, ports);
  expect(repeated).toMatchObject({ ok: true, value: { messageId: 'msg_1', acceptedAt: 1_800_000_000_123 } });
  await expect(stored('msg_1')).resolves.toMatchObject({ acceptedAt: 1_800_000_000_123, appVersion: 4 });
});

test('two repeats at the same time are one message', async () => {
  const { ports } = world();
  const both = await Promise.all([
    accept({ ...request, idempotency }, ports),
    accept({ ...request, idempotency }, ports),
  ]);
  expect(new Set(both.map(idOf)).size).toBe(1);
});

test('an event id is taken once in its application', async () => {
  const { ports } = world();
  const withEventId = { ...request, message: { ...message, eventId: 'order-7' } };
  await expect(accept(withEventId, ports)).resolves.toMatchObject({ ok: true });
  await expect(accept(withEventId, ports)).resolves.toEqual({ ok: false, error: 'event-id-taken' });
});

test('a repeated call with an event id is the same message, not a conflict with itself', async () => {
  const { ports } = world();
  const withEventId = { ...request, message: { ...message, eventId: 'order-7' }, idempotency };
  const first = await accept(withEventId, ports);
  await expect(accept(withEventId, ports)).resolves.toEqual(first);
});

describe('a message that is to be delivered later', () => {
  const ACCEPTED_AT = 1_800_000_000_123;
  const deliverAt = ACCEPTED_AT + 2 * HOUR_MS;
  const later = { ...request, message: { ...message, deliverAt } };

  test('is stored with what makes it due, and lives from then on', async () => {
    const { ports, stored, isDue } = world();
    const id = idOf(await accept(later, ports));
    await expect(stored(id)).resolves.toMatchObject({
      acceptedAt: ACCEPTED_AT,
      deliverAt,
      dueAt: deliverAt,
      payloadExpiresAt: Math.floor(deliverAt / 1000) + 7 * DAY_SECONDS,
      expiresAt: Math.floor(deliverAt / 1000) + 90 * DAY_SECONDS,
    });
    await expect(isDue(id, deliverAt)).resolves.toBe(true);
  });

  test.each([
    ['the past', ACCEPTED_AT - 1],
    ['this moment', ACCEPTED_AT],
    ['more than thirty days ahead', ACCEPTED_AT + 30 * 24 * HOUR_MS + 1],
  ])('is refused for %s, and nothing is saved', async (_title, time) => {
    const { ports, saves } = world();
    const answer = await accept({ ...request, message: { ...message, deliverAt: time } }, ports);
    expect(answer).toEqual({ ok: false, error: 'deliver-at-out-of-reach' });
    expect(saves).toEqual([]);
  });

  test('is told the same again when its call is repeated after that time', async () => {
    const { state, ports } = world();
    const first = await accept({ ...later, idempotency }, ports);
    state.nowMs = deliverAt + HOUR_MS;
    await expect(accept({ ...later, idempotency }, ports)).resolves.toEqual(first);
  });

  test('whose call died before it was saved is due at once when the repeat comes too late', async () => {
    const { state, ports, stored, isDue } = world();
    const dies: AcceptPorts = { ...ports, save: () => Promise.reject(new Error('the process died')) };
    await expect(accept({ ...later, idempotency }, dies)).rejects.toThrow('the process died');
    state.nowMs = deliverAt + HOUR_MS;
    const id = idOf(await accept({ ...later, idempotency }, ports));
    await expect(stored(id)).resolves.toMatchObject({ deliverAt, dueAt: state.nowMs });
    await expect(isDue(id, state.nowMs)).resolves.toBe(true);
  });
});

test('its application is marked as active before the message is saved, for the time of the message', async () => {
  const { ports, order } = world();
  await accept(request, ports);
  expect(order).toEqual(['mark app_1 1800000000123', 'save']);
});

test('a message whose application cannot be marked is not saved: nobody would look after it', async () => {
  const { state, ports, saves } = world();
  state.markFails = true;
  await expect(accept(request, ports)).rejects.toThrow('throttled');
  expect(saves).toEqual([]);
});

test('a repeated call marks the time of the message that it completes', async () => {
  const { state, ports, order } = world();
  state.markFails = true;
  await expect(accept({ ...request, idempotency }, ports)).rejects.toThrow('throttled');
  state.markFails = false;
  state.nowMs += 3 * HOUR_MS;
  await accept({ ...request, idempotency }, ports);
  expect(order).toEqual(['mark app_1 1800000000123', 'save']);
});

describe('a message whose body is too large for its item', () => {
  const body = JSON.stringify(
    Array.from({ length: 5_000 }, (_, n) => Math.imul(n, 0x9e3779b1)),
    null,
    1,
  );
  const large = { ...request, message: { ...message, body } };
  const withRealIds = () => {
    const given = world();
    let minted = 0;
    const mintMessageId = (atMs: number) => {
      minted += 1;
      return mintId('msg', atMs, new Uint8Array(RANDOM_BYTES).fill(minted));
    };
    return { ...given, ports: { ...given.ports, mintMessageId } };
  };

  test('has it in an object, which stands before the message does', async () => {
    const { ports, stored, order, objects } = withRealIds();
    const messageId = idOf(await accept(large, ports));
    const record = (await stored(messageId)) as MessageRecord;
    expect(record.payload).toBeUndefined();
    expect(record.payloadObject?.bytes).toBe(body.length);
    const packed = await bodyAt({ orgId, appId: 'app_1', messageId }, record, objects.read);
    expect(new TextDecoder().decode(unpackPayload(packed ?? { encoding: 'identity', bytes: new Uint8Array() }))).toBe(
      body,
    );
    expect(order.slice(1)).toEqual([`keep ${record.payloadObject?.packedBytes}`, 'save']);
  });

  test('is not saved when its body cannot be kept', async () => {
    const { ports, saves } = withRealIds();
    const throttled = { ...ports, keepPayload: () => Promise.reject(new Error('slow down')) };
    await expect(accept(large, throttled)).rejects.toThrow('slow down');
    expect(saves).toEqual([]);
  });

  test('leaves an object that nobody refers to when its call dies between the two, and the repeat makes it whole', async () => {
    const { state, ports, stored, objects } = withRealIds();
    const dies: AcceptPorts = { ...ports, save: () => Promise.reject(new Error('the process died')) };
    await expect(accept({ ...large, idempotency }, dies)).rejects.toThrow('the process died');
    expect(objects.objects.size).toBe(1);
    state.nowMs += 11 * HOUR_MS;
    const messageId = idOf(await accept({ ...large, idempotency }, ports));
    expect(objects.objects.size).toBe(1);
    const record = (await stored(messageId)) as MessageRecord;
    await expect(bodyAt({ orgId, appId: 'app_1', messageId }, record, objects.read)).resolves.toBeDefined();
  });
});

describe('where an application has an ordered endpoint', () => {
  const orderedWorld = () => {
    const made = world();
    made.state.orderedEndpoints = 1;
    return made;
  };
  const withKey = (orderingKey: string) => ({ ...request, message: { ...message, orderingKey } });

  test('messages take their places in the order in which they are accepted, for each ordering key', async () => {
    const { ports, stored, placeOf } = orderedWorld();
    const first = idOf(await accept(withKey('a'), ports));
    const second = idOf(await accept(withKey('a'), ports));
    const other = idOf(await accept(withKey('b'), ports));
    const without = idOf(await accept(request, ports));
    await expect(stored(first)).resolves.toMatchObject({ order: { key: 'a', number: 1 } });
    await expect(stored(second)).resolves.toMatchObject({ order: { key: 'a', number: 2 } });
    await expect(stored(other)).resolves.toMatchObject({ order: { key: 'b', number: 1 } });
    await expect(stored(without)).resolves.toMatchObject({ order: { key: '.', number: 1 } });
    await expect(placeOf('a', 2)).resolves.toBe(second);
  });

  test.each([
    ['none is ordered', 0],
    ['none ever was', undefined],
  ])('nothing is numbered or written more while %s, whatever key is given', async (_title, orderedEndpoints) => {
    const { state, ports, stored } = world();
    state.orderedEndpoints = orderedEndpoints;
    const counting: AcceptPorts = { ...ports, takeNumber: () => Promise.reject(new Error('a number was taken')) };
    const id = idOf(await accept(withKey('a'), counting));
    await expect(stored(id)).resolves.not.toHaveProperty('order');
  });

  test('a call that is repeated keeps its place, and takes no other number', async () => {
    const { ports, stored, placeOf } = orderedWorld();
    const first = idOf(await accept({ ...withKey('a'), idempotency }, ports));
    idOf(await accept({ ...withKey('a'), idempotency }, ports));
    const next = idOf(await accept(withKey('a'), ports));
    await expect(stored(first)).resolves.toMatchObject({ order: { key: 'a', number: 1 } });
    await expect(stored(next)).resolves.toMatchObject({ order: { key: 'a', number: 2 } });
    await expect(placeOf('a', 1)).resolves.toBe(first);
  });

  test('of two repeats at the same time one has its place, and the number of the other is closed', async () => {
    const { ports, stored, placeOf } = orderedWorld();
    const calls = [1, 2].map(() => accept({ ...withKey('a'), idempotency }, ports));
    const [id = ''] = (await Promise.all(calls)).map(idOf);
    const { number = 0 } = (await stored(id))?.order ?? {};
    await expect(placeOf('a', number)).resolves.toBe(id);
    await expect(placeOf('a', 3 - number)).resolves.toBe('closed');
  });

  test('a call that died between its number and its message leaves a hole, and its repeat takes a new number', async () => {
    const { ports, stored, placeOf } = orderedWorld();
    const dies: AcceptPorts = { ...ports, save: () => Promise.reject(new Error('the process died')) };
    await expect(accept({ ...withKey('a'), idempotency }, dies)).rejects.toThrow('the process died');
    const id = idOf(await accept({ ...withKey('a'), idempotency }, ports));
    await expect(stored(id)).resolves.toMatchObject({ order: { key: 'a', number: 2 } });
    await expect(placeOf('a', 1)).resolves.toBeUndefined();
  });

  test('a message whose number was closed while it was under way takes a new one', async () => {
    const { ports, stored, placeOf, close } = orderedWorld();
    await close('a', 1);
    const id = idOf(await accept(withKey('a'), ports));
    await expect(stored(id)).resolves.toMatchObject({ order: { key: 'a', number: 2 } });
    await expect(placeOf('a', 1)).resolves.toBe('closed');
  });

  test('numbers that are closed again and again are a fault, not an endless call', async () => {
    const { ports } = orderedWorld();
    const closing: AcceptPorts = { ...ports, save: async () => 'number-closed' };
    await expect(accept(withKey('a'), closing)).rejects.toThrow('were closed');
  });

  test('the number of a message whose event id is taken is closed, so that nobody waits for it', async () => {
    const { ports, placeOf } = orderedWorld();
    const withEventId = { ...request, message: { ...message, orderingKey: 'a', eventId: 'order-7' } };
    await accept(withEventId, ports);
    await expect(accept(withEventId, ports)).resolves.toEqual({ ok: false, error: 'event-id-taken' });
    await expect(placeOf('a', 2)).resolves.toBe('closed');
  });

  test('a message that is to be delivered later takes no number, and keeps its key for the time when it is due', async () => {
    const { ports, stored, placeOf } = orderedWorld();
    const deliverAt = 1_800_000_000_123 + HOUR_MS;
    const id = idOf(await accept({ ...request, message: { ...message, orderingKey: 'a', deliverAt } }, ports));
    const record = await stored(id);
    expect(record).toMatchObject({ orderingKey: 'a', deliverAt });
    expect(record).not.toHaveProperty('order');
    await expect(placeOf('a', 1)).resolves.toBeUndefined();
  });
});
