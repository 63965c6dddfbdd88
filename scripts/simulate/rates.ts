import { readable } from './names.ts';
import { CUT_MS } from './slots-seen.ts';
import type { World } from './world.ts';

/** A slot is cut up to a whole millisecond, and time passes in such steps. */
const STEP_MS = 2;

/** A rate is kept: its slots are as far apart as it says and each is given once, and nothing is sent without one or before it. */
export const brokenRates = (world: World): string[] => {
  const { ledger } = world;
  const rates = new Map<string, number>(
    [...ledger.applicationRates].map(([name, rate]) => [`${name} ${name.split(' ')[1]}`, rate]),
  );
  for (const { orgId, appId, id, rate } of ledger.endpoints.values()) {
    if (rate !== undefined) rates.set(`${orgId} ${appId} ${id}`, rate);
  }
  return [...rates].flatMap(([owner, rate]) => [...brokenSlots(owner, rate, world), ...brokenSends(owner, world)]);
};

const slotsOf = (owner: string, { ledger }: World): number[] =>
  (ledger.slots.get(owner) ?? []).toSorted((a, b) => a - b);

const brokenSlots = (owner: string, rate: number, world: World): string[] => {
  const slots = slotsOf(owner, world);
  const tooNear = slots.findIndex((at, index) => index > 0 && at - (slots[index - 1] ?? 0) < 1000 / rate - CUT_MS);
  return tooNear < 0 ? [] : [`the rate of ${readable(owner)} has slots that are too near`];
};

/** However they are dealt out: of any number of requests, as many slots were over. */
const brokenSends = (owner: string, world: World): string[] => {
  const slots = slotsOf(owner, world);
  const sends = world.ledger.firstSends.filter(({ owners }) => owners.includes(owner));
  const early = sends.find(
    ({ at }, index) => (slots[index] ?? Number.POSITIVE_INFINITY) > at + world.skewSpanMs() + STEP_MS,
  );
  return early === undefined ? [] : [`${early.label} is sent before a slot of the rate of ${readable(owner)}`];
};
