import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import type { MessageRef } from '@fanfare/core/keys';
import { fakePayloadStore } from '@fanfare/core/payload-object.fake';
import { type SweepPayloadsPorts, sweepPayloads } from './sweep-payloads.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = Date.parse('2026-11-25T03:00:00.000Z');

let minted = 0;
const messageAt = (agoMs: number): MessageRef => {
  minted += 1;
  const random = new Uint8Array(RANDOM_BYTES).fill(minted);
  return { orgId: 'org_1', appId: 'app_1', messageId: mintId('msg', NOW_MS - agoMs, random) };
};

/** A bucket with the bodies of some messages, of which some stand. */
const world = async (stored: readonly MessageRef[], standing: readonly MessageRef[], writtenAgoMs = 50 * HOUR_MS) => {
  const { keep, objectsOf, remove, objects } = fakePayloadStore(() => NOW_MS - writtenAgoMs);
  for (const ref of stored) await keep(ref, new Uint8Array([1]));
  const ids = new Set(standing.map(({ messageId }) => messageId));
  const state = { nowMs: NOW_MS };
  const ports: SweepPayloadsPorts = {
    objectsOf,
    remove,
    minimumAgeMs: 24 * HOUR_MS,
    standing: async (refs) => new Set(refs.map(({ messageId }) => messageId).filter((id) => ids.has(id))),
    now: () => state.nowMs,
  };
  const left = () => [...objects.keys()].map((key) => key.split('/')[3]);
  return { ports, left, objects, state, keep };
};
const LATER = NOW_MS + HOUR_MS;

test('an object that no message refers to is removed, and one that a message refers to stays', async () => {
  const [orphan, whole] = [messageAt(50 * HOUR_MS), messageAt(50 * HOUR_MS)];
  const { ports, left } = await world([orphan, whole], [whole]);
  await expect(sweepPayloads(LATER, ports)).resolves.toEqual({ looked: 2, removed: 1, unknown: 0, stopped: false });
  expect(left()).toEqual([whole.messageId]);
  await expect(sweepPayloads(LATER, ports)).resolves.toMatchObject({ looked: 1, removed: 0 });
});

test.each([0, 12, 26])('an object of %p hours ago is left alone: its call may be repeated', async (hours) => {
  const young = messageAt(hours * HOUR_MS);
  const { ports, left } = await world([young], []);
  await expect(sweepPayloads(LATER, ports)).resolves.toMatchObject({ looked: 0 });
  expect(left()).toEqual([young.messageId]);
});

test('whatever time of the day it runs, each orphan is more than a day old and is met by two runs', async () => {
  for (let hour = 0; hour < 24; hour += 1) {
    const orphan = messageAt(0);
    const { ports, left, state } = await world([orphan], []);
    let looks = 0;
    const counted: SweepPayloadsPorts = {
      ...ports,
      standing: async (refs) => {
        looks += refs.length;
        if (refs.length > 0) expect(state.nowMs - NOW_MS).toBeGreaterThan(24 * HOUR_MS);
        return new Set([orphan.messageId]);
      },
    };
    for (let day = 0; day < 6; day += 1) {
      state.nowMs = NOW_MS + hour * HOUR_MS + day * 24 * HOUR_MS;
      await sweepPayloads(Number.POSITIVE_INFINITY, counted);
    }
    expect([looks, left().length]).toEqual([2, 1]);
  }
});

test('an object that was written a moment ago stays, however old its message: it may be on its way', async () => {
  const replayed = messageAt(50 * HOUR_MS);
  const { ports, left } = await world([replayed], [], 1_000);
  await expect(sweepPayloads(LATER, ports)).resolves.toMatchObject({ looked: 1, removed: 0 });
  expect(left()).toEqual([replayed.messageId]);
});

test('an orphan whose message comes after all, while it is looked at, keeps its new body', async () => {
  const orphan = messageAt(50 * HOUR_MS);
  const { ports, left, keep } = await world([orphan], []);
  const racing: SweepPayloadsPorts = {
    ...ports,
    standing: async () => {
      await keep(orphan, new Uint8Array([1]));
      return new Set();
    },
  };
  await sweepPayloads(LATER, racing);
  expect(left()).toEqual([orphan.messageId]);
});

test('what no message of ours can have as its key is counted and left', async () => {
  const { ports, objects } = await world([], []);
  objects.set('2026-11-23/somebody/else', new Uint8Array());
  await expect(sweepPayloads(LATER, ports)).resolves.toMatchObject({ unknown: 1, removed: 0 });
  expect(objects.size).toBe(1);
});

test('a table that cannot be read removes nothing', async () => {
  const { ports, objects } = await world([messageAt(50 * HOUR_MS)], []);
  const failing = { ...ports, standing: () => Promise.reject(new Error('throttled')) };
  await expect(sweepPayloads(LATER, failing)).rejects.toThrow('throttled');
  expect(objects.size).toBe(1);
});

test('a run whose time is over stops before its next page', async () => {
  const { ports, objects } = await world([messageAt(50 * HOUR_MS)], []);
  await expect(sweepPayloads(NOW_MS - 1, ports)).resolves.toMatchObject({ stopped: true, looked: 0 });
  expect(objects.size).toBe(1);
});
