import { mintId } from '@fanfare/core/ids';
import type { Key } from '@fanfare/core/keys';
import { endpointKey, messageKey, versionKey } from '@fanfare/core/keys';
import type { DeliveryTask } from '@fanfare/events/delivery-task';
import type { DeliverPorts } from '../domain/deliver.ts';
import { ACCEPTED_AT, attempt, endpoint, REF, task } from '../domain/task.fake.ts';
import type { StateOf } from './task-state-table.ts';

/** What delivery keeps and reads, and a way for a test to put there what other services write. */
export type DeliveryStore = {
  readonly record: DeliverPorts['record'];
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
    const first = attempt({ id: 'atmpt_1', nextAttemptAt: ACCEPTED_AT + 5_000, recordedBy: 'copy-1', channels: ['a'] });
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

  test('several tasks of the same endpoint are read together', async () => {
    const store = await makeStore();
    const given = freshTask();
    await store.put({ ...versionKey(given), ...version });
    const tasks = [given, { ...given, attempt: 2 }, given];
    const stateOf = await store.readState(tasks);
    expect(tasks.map((one) => stateOf(one).application)).toEqual([version, version, version]);
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
