import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import {
  type ActivityRef,
  activityKey,
  attemptKey,
  cursorKey,
  hourStartMs,
  type MessageRef,
  messageKey,
  parkedTaskKey,
} from '@fanfare/core/keys';
import { jest } from '@jest/globals';
import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import type { FoundMessage } from '../domain/account-for.ts';
import { type Mark, type Slice, START, walk } from '../domain/walk.ts';
import { accountTable } from './account-table.ts';
import { reconcileTable } from './reconcile-table.ts';
import { walkTable } from './walk-table.ts';

jest.setTimeout(60_000);
const client = testTableClient();
const waiting = { sleep: (ms: number) => sleep(ms), random: Math.random };
const newId = (prefix: 'org' | 'app', atMs = Date.now()) => mintId(prefix, atMs, randomBytes(RANDOM_BYTES));
/** Hours before there was any message; another run on the same table begins elsewhere. */
let lastHour = 390_000 + Math.floor(Math.random() * 60_000);
/** An hour of its own for each test. */
const newSlice = (): Slice => {
  lastHour += 3;
  const hour = lastHour;
  return { fromMs: hourStartMs(hour), toMs: hourStartMs(hour + 1) };
};
const expiresAt = 4_000_000_000;

const put = async (item: Record<string, unknown>): Promise<void> =>
  void (await client.send(new PutCommand({ TableName: await contractValue('table/name'), Item: item })));

const newMessage = async (
  app: { orgId: string; appId: string },
  atMs: number,
  more: object = {},
): Promise<MessageRef> => {
  const ref = { ...app, messageId: mintId('msg', atMs, randomBytes(RANDOM_BYTES)) };
  await put({
    ...messageKey(ref),
    kind: 'message',
    eventType: 'a',
    payload: new Uint8Array(2000),
    encoding: 'identity',
    acceptedAt: atMs,
    appVersion: 3,
    correlationId: 'c',
    payloadExpiresAt: expiresAt,
    expiresAt,
    ...more,
  });
  return ref;
};

const mark = async (ref: ActivityRef, more: object = {}): Promise<void> =>
  put({ ...activityKey(ref), kind: 'activity', expiresAt, ...more });

const collected = async <T>(pages: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const page of pages) all.push(page);
  return all;
};
const idsOf = (found: readonly FoundMessage[]) => found.map(({ ref }) => ref.messageId);

describe('the walk through what was accepted', () => {
  const tableOf = async () => walkTable(client, await contractValue('table/name'), waiting);

  test('finds every message of a slice, page by page, without payloads, and goes on behind any page', async () => {
    const table = await tableOf();
    const slice = newSlice();
    const app = { orgId: newId('org'), appId: newId('app') };
    const hour = slice.fromMs / 3_600_000;
    await mark({ ...app, hour, messageHour: hour });
    const before = await newMessage(app, slice.fromMs - 4);
    const made = await Promise.all(Array.from({ length: 120 }, (_, n) => newMessage(app, slice.fromMs + n * 1000)));
    const inside = made.map(({ messageId }) => messageId);
    const after = await newMessage(app, slice.toMs);

    const pages = await collected(walk(slice, START, table));
    const found = pages.flatMap(({ found: some }) => idsOf(some));
    expect(found).toEqual(inside);
    expect(found).not.toContain(before.messageId);
    expect(found).not.toContain(after.messageId);
    expect(pages.length).toBeGreaterThan(1);
    expect(JSON.stringify(pages)).not.toContain('payload"');

    const rest = await collected(walk(slice, pages[0]?.position ?? START, table));
    expect(rest.flatMap(({ found: some }) => idsOf(some))).toEqual(inside.slice(pages[0]?.found.length));
  });

  test('tells of a message its place in a log', async () => {
    const table = await tableOf();
    const slice = newSlice();
    const app = { orgId: newId('org'), appId: newId('app') };
    const hour = slice.fromMs / 3_600_000;
    await mark({ ...app, hour, messageHour: hour });
    await newMessage(app, slice.fromMs + 5, { order: { key: 'a', number: 7 } });
    const [page] = await collected(walk(slice, START, table));
    expect(page?.found).toMatchObject([{ message: { order: { key: 'a', number: 7 } } }]);
  });

  test('reads marks in order, from any of them on, with the times of late messages', async () => {
    const table = await tableOf();
    const { fromMs } = newSlice();
    const hour = fromMs / 3_600_000;
    const orgId = newId('org');
    for (let n = 0; n < 20; n += 1) {
      await mark(
        { orgId, appId: newId('app'), hour, messageHour: hour - (n % 2) },
        n % 2 === 1 ? { lateAt: fromMs } : {},
      );
    }
    const all: Mark[] = [];
    for (let shard = 0; shard < 8; shard += 1) {
      const marks = await collected(table.marks(hour, shard));
      expect(marks.map(({ sortKey }) => sortKey)).toEqual(marks.map(({ sortKey }) => sortKey).toSorted());
      const [, second] = marks;
      if (second !== undefined)
        expect(await collected(table.marks(hour, shard, second.sortKey))).toEqual(marks.slice(1));
      all.push(...marks);
    }
    const own = all.filter((one) => one.orgId === orgId);
    expect(own).toHaveLength(20);
    expect(own.filter(({ lateAt }) => lateAt === fromMs)).toHaveLength(10);
  });

  test('finds what is to be looked at again in its slice alone, with how often something was missing', async () => {
    const tableName = await contractValue('table/name');
    const table = await tableOf();
    const slice = newSlice();
    const app = { orgId: newId('org'), appId: newId('app') };
    const refs = await Promise.all(
      Array.from({ length: 60 }, (_, n) => newMessage(app, slice.fromMs - 86_400_000 + n)),
    );
    const gone = { ...app, messageId: 'msg_gone' };
    const { recheck } = reconcileTable(client, tableName, waiting);
    const at = (ref: MessageRef, atMs: number) => ({ ref, atMs, timesMissing: 2, expiresAt });
    const due = refs.slice(0, 58).map((ref, n) => at(ref, slice.fromMs + n));
    await recheck([...due, at(gone, slice.fromMs + 5)]);
    await recheck([at(refs[58] as MessageRef, slice.fromMs - 1), at(refs[59] as MessageRef, slice.toMs)]);
    await recheck(due); // a second time is the same

    const pages = await collected(walk(slice, START, table));
    const found = pages.flatMap(({ found: some }) => some);
    expect(new Set(idsOf(found))).toEqual(new Set(refs.slice(0, 58).map(({ messageId }) => messageId)));
    expect(found.every(({ timesMissing }) => timesMissing === 2)).toBe(true);
    expect(pages.length).toBeGreaterThan(1);
    const rest = await collected(walk(slice, pages[0]?.position ?? START, table));
    expect(rest.flatMap(({ found: some }) => some)).toHaveLength(58 - (pages[0]?.found.length ?? 0));
  });
});

describe('what stands for a message', () => {
  test('is parked when its place in the park is taken', async () => {
    const table = accountTable(client, await contractValue('table/name'), Date.now);
    const ref = await newMessage({ orgId: newId('org'), appId: newId('app') }, Date.now());
    const parked = { ...ref, endpointId: 'ep_1', attempt: 2, acceptedAt: 1_800_000_000_000 };
    await put({ ...parkedTaskKey(parked), kind: 'parked' });
    await expect(table.isParked(parked)).resolves.toBe(true);
    await expect(table.isParked({ ...parked, attempt: 3 })).resolves.toBe(false);
  });

  test('is the cursor of an endpoint in the log, for as long as it is kept', async () => {
    const table = accountTable(client, await contractValue('table/name'), Date.now);
    const ref = { orgId: newId('org'), appId: newId('app'), endpointId: 'ep_1', orderingKey: 'a' };
    const cursor = { next: 7, blockedUntil: 1_800_000_000_000, expiresAt };
    await expect(table.logCursor(ref)).resolves.toBeUndefined();
    await put({ ...cursorKey(ref), kind: 'ordered-cursor', attempt: 2, blockedBy: 'retry', ...cursor });
    await expect(table.logCursor(ref)).resolves.toEqual(cursor);
    await expect(table.logCursor({ ...ref, orderingKey: 'b' })).resolves.toBeUndefined();
    await put({ ...cursorKey(ref), kind: 'ordered-cursor', attempt: 2, ...cursor, expiresAt: 5 });
    await expect(table.logCursor(ref)).resolves.toBeUndefined();
  });

  test('is the last automatic attempt of each endpoint; what was sent by hand does not count', async () => {
    const table = accountTable(client, await contractValue('table/name'), Date.now);
    const ref = await newMessage({ orgId: newId('org'), appId: newId('app') }, Date.now());
    const attempt = (endpointId: string, number: number, more: object = {}) =>
      put({ ...attemptKey({ ...ref, endpointId, attempt: number }), kind: 'attempt', expiresAt, ...more });
    for (const number of [1, 2, 10]) await attempt('ep_1', number, { nextAttemptAt: number });
    await attempt('ep_2', 1);
    await put({ PK: attemptKey({ ...ref, endpointId: 'ep_1', attempt: 1 }).PK, SK: 'ep_1#m0a1b2', kind: 'attempt' });
    await put({ PK: attemptKey({ ...ref, endpointId: 'ep_3', attempt: 1 }).PK, SK: 'ep_3#m0a1b2', kind: 'attempt' });
    for (const reading of ['strong', 'eventual'] as const) {
      await expect(table.lastAttempts(ref, reading)).resolves.toEqual([
        { endpointId: 'ep_1', attempt: 10, nextAttemptAt: 10 },
        { endpointId: 'ep_2', attempt: 1 },
      ]);
    }
    await expect(table.wholeMessage(ref)).resolves.toMatchObject({ kind: 'message', appVersion: 3 });
    await expect(table.wholeMessage({ ...ref, messageId: 'msg_gone' })).resolves.toBeUndefined();
  });

  test('cannot be told of an item that our code does not understand, which is said with the field', async () => {
    const table = accountTable(client, await contractValue('table/name'), Date.now);
    const ref = { orgId: newId('org'), appId: newId('app'), messageId: 'msg_odd' };
    await put({ ...messageKey(ref), kind: 'of-another-version', eventType: 7 });
    await expect(table.wholeMessage(ref)).rejects.toThrow(/eventType/);
  });
});

describe('the cursor', () => {
  test('is moved by one of two who read the same one', async () => {
    const table = reconcileTable(client, await contractValue('table/name'), waiting);
    // The environment's own reconciler moves it too: what was read may be old already, and then it is read again.
    for (;;) {
      const before = await table.readCursor();
      const revision = (before?.revision ?? 0) + 1;
      const next = { fromMs: before?.fromMs ?? Date.now(), revision };
      const won = await Promise.all([table.saveCursor(next), table.saveCursor(next)]);
      if (won.every((one) => !one)) continue;
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await table.readCursor()).toMatchObject(next);
      return;
    }
  });
});
