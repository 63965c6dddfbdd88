import { mintId } from '@fanfare/core/ids';
import type { Key } from '@fanfare/core/keys';
import { endpointKey, messageKey, versionKey } from '@fanfare/core/keys';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import type { DeliverPorts } from '../domain/deliver.ts';
import type { HealthChange } from '../domain/endpoint-health.ts';
import { ACCEPTED_AT, attempt, endpoint, REF, task } from '../domain/task.fake.ts';
import type { StateOf } from './task-state-table.ts';

/** What delivery keeps and reads, and a way for a test to put there what other services write. */
export type DeliveryStore = {
  readonly record: DeliverPorts['record'];
  readonly changeHealth: DeliverPorts['changeHealth'];
  readonly readState: (tasks: readonly DeliveryTask[]) => Promise<StateOf>;
  readonly put: (item: Key & Readonly<Record<string, unknown>>) => Promise<void>;
};

const version = { kind: 'application-version', version: 3 } as const;
const message = {
  kind: 'message',
  eventType: 'invoice.paid',
  payload: new Uint8Array([123, 125]),
  encoding: 'identity',
  acceptedAt: ACCEPTED_AT,
  appVersion: 3,
  correlationId: 'c',
  payloadExpiresAt: 2_000_000_000,
  expiresAt: 2_000_000_000,
} as const;

let made = 0;
/** A task of a message of its own, so that tests do not meet in a table that lives on. */
const freshTask = (fields: Partial<DeliveryTask> = {}): DeliveryTask => {
  made += 1;
  const random = new Uint8Array(15).fill(made);
  return task({
    ...REF,
    messageId: mintId('msg', Date.now(), random),
    appId: mintId('app', Date.now(), random),
    ...fields,
  });
};

/** The promises that every store of deliveries keeps. */
export const deliveryStoreContract = (makeStore: () => Promise<DeliveryStore>): void => {
  test('an attempt that was not made does not stand', async () => {
    const store = await makeStore();
    const given = freshTask();
    expect((await store.readState([given]))(given).standing).toBeUndefined();
  });

  test('the first record of an attempt stands, and whoever comes later is told of it', async () => {
    const store = await makeStore();
    const given = freshTask();
    const first = attempt({
      id: 'atmpt_1',
      nextAttemptAt: ACCEPTED_AT + 5_000,
      recordedBy: 'copy-1',
      channels: ['a'],
      tags: ['b'],
    });
    await expect(store.record(given, first)).resolves.toEqual(first);
    await expect(store.record(given, attempt({ id: 'atmpt_2', succeeded: true }))).resolves.toEqual(first);
    expect((await store.readState([given]))(given).standing).toEqual(first);
  });

  test('attempts of other numbers, endpoints and messages stand by themselves', async () => {
    const store = await makeStore();
    const given = freshTask();
    await store.record(given, attempt());
    const others = [
      { ...given, attempt: 2 },
      { ...given, endpointId: 'ep_other' },
      { ...given, messageId: 'msg_other' },
    ];
    const stateOf = await store.readState([given, ...others]);
    expect([given, ...others].map((other) => stateOf(other).standing !== undefined)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  test('the endpoint and the application are read as they are now', async () => {
    const store = await makeStore();
    const given = freshTask();
    await store.put({ ...versionKey(given), ...version });
    await store.put({ ...endpointKey(given), ...endpoint() });
    const stateOf = await store.readState([given]);
    expect(stateOf(given)).toEqual({ application: version, endpoint: endpoint() });
    await store.put({ ...endpointKey(given), ...endpoint({ disabled: true }) });
    expect((await store.readState([given]))(given).endpoint?.disabled).toBe(true);
  });

  test('the message is read for a task that does not carry its body, and only then', async () => {
    const store = await makeStore();
    const given = freshTask();
    const { payload: _, ...byReference } = given;
    await store.put({ ...messageKey(given), ...message });
    const stateOf = await store.readState([byReference]);
    expect(stateOf(byReference).message).toEqual(message);
    expect((await store.readState([given]))(given).message).toBeUndefined();
  });

  test('the message of a task that carries its body is read where content was expunged after it was accepted', async () => {
    const store = await makeStore();
    const given = freshTask();
    const expunged = { ...message, payload: new Uint8Array(), payloadExpiresAt: 0, expungedAt: ACCEPTED_AT + 100 };
    await store.put({ ...versionKey(given), ...version, contentExpungedAt: ACCEPTED_AT + 100 });
    await store.put({ ...messageKey(given), ...expunged });
    const hourLater = { ...given, acceptedAt: ACCEPTED_AT + 3_600_000 };
    const stateOf = await store.readState([given, hourLater]);
    expect(stateOf(given).message).toEqual(expunged);
    expect(stateOf(hourLater).message).toBeUndefined();
  });

  test('several tasks of the same endpoint are read together', async () => {
    const store = await makeStore();
    const given = freshTask();
    await store.put({ ...versionKey(given), ...version });
    const tasks = [given, { ...given, attempt: 2 }, given];
    const stateOf = await store.readState(tasks);
    expect(tasks.map((one) => stateOf(one).application)).toEqual([version, version, version]);
  });

  describe('the health of an endpoint', () => {
    const AT = Date.parse('2026-06-01T00:00:00.000Z');
    const asOf = { updatedAt: endpoint().updatedAt };
    const standing = async (fields: Partial<EndpointRecord> = {}) => {
      const store = await makeStore();
      const given = freshTask();
      await store.put({ ...versionKey(given), ...version });
      await store.put({ ...endpointKey(given), ...endpoint(fields) });
      const now = async () => {
        const { endpoint: found, application } = (await store.readState([given]))(given);
        return { ...found, appVersion: application?.version };
      };
      return { given, now, change: (change: HealthChange) => store.changeHealth(given, change) };
    };

    test('fails since the first failure, whoever comes later', async () => {
      const { change, now } = await standing();
      await expect(change({ kind: 'fails', since: 100, asOf })).resolves.toBe('changed');
      await expect(change({ kind: 'fails', since: 200, asOf })).resolves.toBe('superseded');
      expect(await now()).toMatchObject({ failingSince: 100, appVersion: 3 });
    });

    test('is sound again after a success, unless it fails anew since', async () => {
      const { change, now } = await standing({ failingSince: 100 });
      await expect(change({ kind: 'recovered', since: 99 })).resolves.toBe('superseded');
      await expect(change({ kind: 'recovered', since: 100 })).resolves.toBe('changed');
      await expect(change({ kind: 'recovered', since: 100 })).resolves.toBe('superseded');
      expect(await now()).not.toHaveProperty('failingSince');
    });

    test('that ends is disabled once, with its reason and a new version of its application', async () => {
      const { change, now } = await standing();
      const gone = { kind: 'disable', reason: 'gone', asOf } as const;
      await expect(change(gone)).resolves.toBe('changed');
      await expect(change(gone)).resolves.toBe('superseded');
      expect(await now()).toMatchObject({ disabled: true, disabledReason: 'gone', appVersion: 4 });
    });

    test('by ten attempts at once is disabled once', async () => {
      const { change, now } = await standing();
      const asked = { kind: 'disable', reason: 'asked', asOf } as const;
      const ended = await Promise.all(Array.from({ length: 10 }, () => change(asked)));
      expect(ended.filter((one) => one === 'changed')).toHaveLength(1);
      expect(await now()).toMatchObject({ appVersion: 4 });
    });

    test('is not judged by an answer of what it was before its owner changed it', async () => {
      const { change, now } = await standing({ updatedAt: new Date(AT).toISOString(), failingSince: 100 });
      const before = { updatedAt: new Date(AT - 1).toISOString() };
      await expect(change({ kind: 'disable', reason: 'gone', asOf: before })).resolves.toBe('superseded');
      await expect(change({ kind: 'disable', reason: 'failing', asOf: before, since: 100 })).resolves.toBe(
        'superseded',
      );
      expect(await now()).toMatchObject({ disabled: false, appVersion: 3 });
    });

    test('does not fail since an answer of what it was before its owner changed it', async () => {
      const updatedAt = new Date(AT).toISOString();
      const { change, now } = await standing({ updatedAt });
      const before = { updatedAt: new Date(AT - 1).toISOString() };
      await expect(change({ kind: 'fails', since: 100, asOf: before })).resolves.toBe('superseded');
      expect(await now()).not.toHaveProperty('failingSince');
      await expect(change({ kind: 'fails', since: 200, asOf: { updatedAt } })).resolves.toBe('changed');
    });

    test('is judged by an answer of what it is, however slow the clock of whoever got it', async () => {
      const updatedAt = new Date(Date.now() + 3_600_000).toISOString();
      const { change, now } = await standing({ updatedAt });
      await expect(change({ kind: 'disable', reason: 'gone', asOf: { updatedAt } })).resolves.toBe('changed');
      const after = await now();
      expect(after).toMatchObject({ disabled: true, appVersion: 4 });
      expect(String(after.updatedAt) > updatedAt).toBe(true);
    });

    test('is judged by the time of an answer whose record does not say of what it was', async () => {
      const { change } = await standing({ updatedAt: new Date(AT).toISOString() });
      const answeredAt = (attemptedAt: number) => ({ kind: 'disable', reason: 'gone', asOf: { attemptedAt } }) as const;
      await expect(change(answeredAt(AT - 1))).resolves.toBe('superseded');
      await expect(change(answeredAt(AT))).resolves.toBe('changed');
    });

    test('of failure for days disables it, unless it has answered in between', async () => {
      const { change, now } = await standing({ failingSince: 100 });
      await expect(change({ kind: 'disable', reason: 'failing', asOf, since: 50 })).resolves.toBe('superseded');
      await expect(change({ kind: 'disable', reason: 'failing', asOf, since: 100 })).resolves.toBe('changed');
      expect(await now()).toMatchObject({ disabled: true, disabledReason: 'failing', failingSince: 100 });
    });

    test.each([
      ['was deleted', { deletedAt: '2026-01-02T00:00:00.000Z' }],
      ['is disabled', { disabled: true }],
    ])('of one that %s is not written', async (_title, fields) => {
      const { change } = await standing(fields);
      await expect(change({ kind: 'fails', since: 1, asOf })).resolves.toBe('superseded');
      await expect(change({ kind: 'disable', reason: 'gone', asOf })).resolves.toBe('superseded');
    });

    test('of one that is not there makes no item', async () => {
      const store = await makeStore();
      const given = freshTask();
      await expect(store.changeHealth(given, { kind: 'fails', since: 1, asOf })).resolves.toBe('superseded');
      expect((await store.readState([given]))(given).endpoint).toBeUndefined();
    });
  });

  test('an item that cannot be understood fails its own task alone', async () => {
    const store = await makeStore();
    const broken = freshTask();
    const sound = freshTask();
    await store.put({ ...endpointKey(broken), kind: 'endpoint', url: 7 });
    const stateOf = await store.readState([broken, sound]);
    expect(() => stateOf(broken)).toThrow();
    expect(stateOf(sound).standing).toBeUndefined();
  });

  test('no tasks are no read', async () => {
    const store = await makeStore();
    await expect(store.readState([])).resolves.toBeInstanceOf(Function);
  });
};
