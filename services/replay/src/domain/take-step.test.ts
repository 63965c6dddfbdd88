import { type Crash, crashingPorts } from '@fanfare/core/crashes.fake';
import fc from 'fast-check';
import { MOST_WAITING } from './hold.ts';
import { HOUR_MS, NOW, task } from './replay.samples.ts';
import { ORG_ID, REF, type ReplayWorld, replayWorld, SETTINGS } from './replay-world.fake.ts';
import { giveUp, type StepPorts, type StepTaken, takeStep } from './take-step.ts';

const AGO = HOUR_MS / 2;

const begun = async (world: ReplayWorld, fields: Parameters<typeof task>[0] = {}) => {
  const made = task(fields);
  await world.tasks.begin(ORG_ID, { task: made });
  return made;
};
const found = (world: ReplayWorld, taskId: string) => world.tasks.findTask({ orgId: ORG_ID, taskId });
const names = (world: ReplayWorld) =>
  world.state.published.map(({ messageId, trigger, attempt }) => `${messageId} ${trigger} ${attempt}`);

/** Steps until the run ends. Answers the steps. */
const run = async (world: ReplayWorld, taskId: string): Promise<readonly StepTaken[]> => {
  const steps: StepTaken[] = [];
  while (steps.at(-1)?.next !== 'end') {
    if (steps.length > 200) throw new Error('it never ends');
    steps.push(await world.step(taskId));
  }
  return steps;
};

describe('a step of a recovery', () => {
  test('publishes what failed, in the group of its application, as part of a replay', async () => {
    const world = await replayWorld();
    const failed = await world.accept(AGO);
    await world.attempt(failed, AGO);
    const delivered = await world.accept(AGO);
    await world.attempt(delivered, AGO, { succeeded: true });
    const { id } = await begun(world);
    await expect(world.step(id)).resolves.toMatchObject({ next: 'end', scanned: 2, sent: 1 });
    expect(world.state.published).toMatchObject([
      { messageId: failed, endpointId: REF.endpointId, trigger: 'manual', copyId: id, replay: true },
    ]);
    expect(world.state.groups).toEqual(new Set([REF.appId]));
    await expect(found(world, id)).resolves.toMatchObject({ status: 'finished', sent: 1, matched: 1, scanned: 2 });
  });

  test('sends a message that failed several times once, wherever its attempts lie in the walk', async () => {
    const world = await replayWorld();
    const failed = await world.accept(AGO);
    for (let n = 1; n <= 3; n += 1) await world.attempt(failed, AGO - n * 1_000, { attempt: n });
    const others = 150;
    for (let n = 0; n < others; n += 1)
      await world.attempt(await world.accept(AGO), AGO - 500 - n, { succeeded: true });
    const { id } = await begun(world);
    await run(world, id);
    expect(names(world)).toEqual([`${failed} manual 1`]);
  });

  test('leaves what failed outside of its time', async () => {
    const world = await replayWorld();
    const failed = await world.accept(2 * HOUR_MS);
    await world.attempt(failed, 2 * HOUR_MS);
    const { id } = await begun(world);
    await run(world, id);
    expect(names(world)).toEqual([]);
  });

  test.each([
    ['has expired', { expiresAt: NOW / 1000 - 1 }],
    ['has a payload that is not kept any more', { payloadExpiresAt: NOW / 1000 }],
    ['was called off', { cancelledAt: NOW - 1 }],
  ])('leaves a message that %s', async (_title, fields) => {
    const world = await replayWorld();
    const failed = await world.accept(AGO, fields);
    await world.attempt(failed, AGO);
    const { id } = await begun(world);
    await run(world, id);
    expect(names(world)).toEqual([]);
  });
});

describe('a step of a replay of what is missing', () => {
  const missing = { task: 'endpoint.replay' } as const;

  test('makes first attempts of what the endpoint asks for and was never sent', async () => {
    const world = await replayWorld({ eventTypes: ['a'], sinceVersion: 9 });
    const never = await world.accept(AGO, { eventType: 'a' });
    await world.accept(AGO, { eventType: 'b' });
    await world.accept(AGO, { eventType: 'a', deliverAt: NOW + HOUR_MS });
    const sent = await world.accept(AGO, { eventType: 'a' });
    await world.attempt(sent, AGO);
    const { id } = await begun(world, missing);
    await run(world, id);
    expect(names(world)).toEqual([`${never} scheduled 1`]);
  });

  test('passes a message that cannot be understood', async () => {
    const world = await replayWorld();
    await world.accept(AGO, { eventType: undefined as never });
    const fine = await world.accept(AGO - 1_000);
    const { id } = await begun(world, missing);
    await run(world, id);
    expect(names(world)).toEqual([`${fine} scheduled 1`]);
  });

  test('keeps to half of the endpoint’s rate, a few messages at a time, and skips none', async () => {
    const world = await replayWorld({ throttleRate: 1 });
    const ids: string[] = [];
    for (let n = 0; n < 12; n += 1) ids.push(await world.accept(AGO - n * 1_000));
    const { id } = await begun(world, missing);
    const steps = await run(world, id);
    expect(steps.map(({ sent, waitSeconds }) => [sent, waitSeconds])).toEqual([
      [5, 10],
      [5, 10],
      [2, 0],
    ]);
    expect(names(world)).toEqual(ids.map((messageId) => `${messageId} scheduled 1`));
  });
});

describe('a step that cannot send', () => {
  const until = NOW + 30_000;
  const breaker = { openedAt: NOW, until, probes: 0, reason: 'timed-out' };

  test.each([
    ['waits for an open breaker', { breaker }, 'breaker', 30],
    ['waits out a pause', { pausedUntil: until }, 'paused', 30],
    ['waits for parked tasks, which came before', { wakeAt: until }, 'parked', 30],
  ])('%s, and tells so', async (_title, fields, waitsFor, waitSeconds) => {
    const world = await replayWorld(fields);
    await world.attempt(await world.accept(AGO), AGO);
    const { id } = await begun(world);
    await expect(world.step(id)).resolves.toMatchObject({ next: 'wait', waitSeconds });
    expect(names(world)).toEqual([]);
    await expect(found(world, id)).resolves.toMatchObject({ status: 'running', waitsFor });
  });

  test('waits while the lanes are full of what is accepted now', async () => {
    const world = await replayWorld();
    await world.attempt(await world.accept(AGO), AGO);
    world.state.waiting = MOST_WAITING + 1;
    const { id } = await begun(world);
    await expect(world.step(id)).resolves.toMatchObject({ next: 'wait' });
    expect(names(world)).toEqual([]);
    world.state.waiting = 0;
    await run(world, id);
    expect(names(world)).toHaveLength(1);
  });

  test.each([
    ['endpoint-disabled', { disabled: true }],
    ['endpoint-ordered', { orderedSince: NOW }],
    ['endpoint-deleted', { deletedAt: 'x' }],
  ])('ever again ends its task: %s', async (reason, fields) => {
    const world = await replayWorld(fields);
    const { id } = await begun(world);
    await expect(world.step(id)).resolves.toMatchObject({ next: 'end' });
    await expect(found(world, id)).resolves.toMatchObject({ status: 'failed', reason });
  });

  test('because the application is gone ends its task', async () => {
    const world = await replayWorld();
    await world.candidates.putApplication(REF, { kind: 'application-version', version: 2, deletedAt: 'x' });
    const { id } = await begun(world);
    await world.step(id);
    await expect(found(world, id)).resolves.toMatchObject({ status: 'failed', reason: 'application-deleted' });
  });
});

test('a dry run counts and sends nothing, also where nothing could be sent', async () => {
  const breaker = { openedAt: NOW, until: NOW + 1, probes: 0, reason: 'x' };
  const world = await replayWorld({ breaker });
  await world.attempt(await world.accept(AGO), AGO);
  const { id } = await begun(world, { dryRun: true });
  await run(world, id);
  expect(names(world)).toEqual([]);
  await expect(found(world, id)).resolves.toMatchObject({ status: 'finished', matched: 1, sent: 0 });
});

test('a task that was cancelled while its step was under way is not moved by it', async () => {
  const world = await replayWorld();
  await world.attempt(await world.accept(AGO), AGO);
  const { id } = await begun(world);
  const canceled = { status: 'failed', reason: 'canceled', updatedAt: NOW } as const;
  const { publish } = world.ports;
  const cancelling: StepPorts = {
    ...world.ports,
    publish: async (publications) => {
      await publish(publications);
      await world.tasks.change(ORG_ID, task({ id }), canceled);
    },
  };
  const input = { orgId: ORG_ID, taskId: id, execution: 0, page: 0 };
  await expect(takeStep(input, SETTINGS, cancelling)).resolves.toMatchObject({ next: 'wait' });
  await expect(found(world, id)).resolves.toMatchObject({ status: 'failed', reason: 'canceled', sent: 0 });
  await expect(world.step(id)).resolves.toMatchObject({ next: 'end' });
});

test('the last step of an execution hands over to the next, under a number of its own', async () => {
  const world = await replayWorld({ throttleRate: 1 });
  for (let n = 0; n < 6; n += 1) await world.accept(AGO);
  const { id } = await begun(world, { task: 'endpoint.replay' });
  const last = { execution: 3, page: SETTINGS.stepsPerExecution - 1 };
  await expect(world.step(id, last)).resolves.toMatchObject({ next: 'continue', execution: 4 });
  await expect(world.step(id, last)).resolves.toMatchObject({ next: 'end', execution: 3 });
});

test('a task that is given up on fails, and one that has ended stays as it is', async () => {
  const world = await replayWorld();
  const { id } = await begun(world);
  await giveUp({ orgId: ORG_ID, taskId: id }, world.ports);
  await expect(found(world, id)).resolves.toMatchObject({ status: 'failed', reason: 'fault' });
  await giveUp({ orgId: ORG_ID, taskId: id }, world.ports);
  await expect(found(world, id)).resolves.toMatchObject({ step: 1 });
});

/** Fails the calls whose numbers are given, before they take effect or afterwards. */
const crashing = (ports: StepPorts, crashes: readonly Crash[]): StepPorts => {
  const wrap = crashingPorts(crashes);
  return { ...ports, publish: wrap(ports.publish), change: wrap(ports.change), findReplay: wrap(ports.findReplay) };
};

const crashes = fc.array(fc.record({ call: fc.integer({ min: 1, max: 30 }), done: fc.boolean() }), { maxLength: 8 });
const kinds = fc.constantFrom('endpoint.recover', 'endpoint.replay', 'endpoint.bulk-replay');

test('whatever crashes, is repeated or overlaps: each message gets one attempt, and none is left out', async () => {
  const property = async (
    kind: 'endpoint.recover' | 'endpoint.replay' | 'endpoint.bulk-replay',
    at: readonly { call: number; done: boolean }[],
    delivers: readonly boolean[],
    overlaps: readonly boolean[],
  ) => {
    const world = await replayWorld({ throttleRate: 1 });
    const ids: string[] = [];
    for (let n = 0; n < 12; n += 1) {
      const messageId = await world.accept(AGO - n * 1_000);
      ids.push(messageId);
      if (kind !== 'endpoint.replay')
        await world.attempt(messageId, AGO - n * 1_000, n % 2 ? {} : { nextAttemptAt: NOW + HOUR_MS });
    }
    const { id } = await begun(world, { task: kind });
    const ports = crashing(world.ports, at);
    const input = { orgId: ORG_ID, taskId: id, execution: 0, page: 0 };
    const step = () => takeStep(input, SETTINGS, ports).catch(() => undefined);
    const made: string[] = [];
    for (let turn = 0; (await found(world, id))?.status === 'running'; turn += 1) {
      if (turn > 100) throw new Error('it never ends');
      await Promise.all(overlaps[turn] === true ? [step(), step()] : [step()]);
      if (delivers[turn] !== false)
        made.push(...(await world.deliver(turn % 2 === 0)).map(({ messageId }) => messageId));
    }
    made.push(...(await world.deliver()).map(({ messageId }) => messageId));
    expect(made.toSorted()).toEqual(ids.toSorted());
  };
  const turns = fc.array(fc.boolean(), { maxLength: 12 });
  await fc.assert(fc.asyncProperty(kinds, crashes, turns, turns, property), { numRuns: 60 });
});
