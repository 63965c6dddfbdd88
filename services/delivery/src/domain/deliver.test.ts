import fc from 'fast-check';
import { type Crash, deliveryWorld, OWN_SCHEDULE } from './delivery-world.fake.ts';
import { ACCEPTED_AT, endpoint, task } from './task.fake.ts';

const ok = { kind: 'answered', status: 200, body: new Uint8Array() } as const;
const failed = { kind: 'answered', status: 500, body: new Uint8Array() } as const;
/** Later than a queue shows a task again whose receiver died. */
const VISIBLE_AGAIN_MS = 180_000;

describe('a task', () => {
  test('whose endpoint answers is recorded as delivered, and that is all', async () => {
    const world = deliveryWorld();
    await expect(world.handle(task())).resolves.toMatchObject({ kind: 'attempted', step: { kind: 'delivered' } });
    expect([...world.attempts.values()]).toMatchObject([{ attempt: 1, succeeded: true }]);
    expect(world.scheduled).toEqual([]);
  });

  test('whose endpoint fails is tried again, when the record says', async () => {
    const world = deliveryWorld([failed]);
    await world.handle(task());
    expect(world.scheduled).toMatchObject([{ task: { attempt: 2, trigger: 'scheduled' }, dueAt: world.now() + 5_000 }]);
    expect(world.attempts.get(1)).toMatchObject({ nextAttemptAt: world.now() + 5_000 });
  });

  test('whose endpoint never answers is tried as often as the schedule says and then recorded as failed', async () => {
    const world = deliveryWorld(Array.from({ length: 9 }, () => failed));
    await world.handle(task());
    await world.drain();
    expect(world.sent).toHaveLength(4);
    expect(world.attempts.get(4)).toMatchObject({ succeeded: false });
    expect(world.attempts.get(4)).not.toHaveProperty('nextAttemptAt');
  });

  test('is sent with the same id and the same bytes on every attempt, and the time of each', async () => {
    const world = deliveryWorld([failed, failed, ok]);
    await world.handle(task());
    await world.drain();
    expect(new Set(world.sent.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([task().messageId]));
    expect(new Set(world.sent.map(({ body }) => Buffer.from(body).toString())).size).toBe(1);
    const seconds = world.sent.map(({ headers }) => Number(headers['webhook-timestamp']));
    expect(seconds).toEqual([0, 5, 65].map((passed) => ACCEPTED_AT / 1000 + passed));
  });

  test('of a disabled endpoint is recorded as refused, and nothing is sent', async () => {
    const world = deliveryWorld();
    await world.handle(task(), undefined, { endpoint: endpoint({ disabled: true }) });
    expect(world.sent).toEqual([]);
    expect(world.attempts.get(1)).toMatchObject({ outcome: 'refused', succeeded: false });
    expect(world.scheduled).toEqual([]);
  });

  test('is signed with the keys that have not expired, in their order', async () => {
    const sealed = (n: number) => new Uint8Array([n]);
    const past = { sealed: sealed(3), expiresAt: ACCEPTED_AT / 1000 };
    const coming = { sealed: sealed(2), expiresAt: ACCEPTED_AT / 1000 + 60 };
    const secrets = [{ sealed: sealed(1) }, coming, past];
    const world = deliveryWorld();
    await world.handle(task(), undefined, { endpoint: endpoint({ secrets }) });
    expect(world.opened).toEqual([[1, 2]]);
  });
});

describe('a task of an event type with a schedule of its own', () => {
  test('is tried again by that one', async () => {
    const world = deliveryWorld([failed, failed, failed]);
    await world.handle(task({ eventType: OWN_SCHEDULE }));
    expect(world.scheduled).toMatchObject([{ dueAt: world.now() + 7_000 }]);
    await world.drain();
    expect(world.sent).toHaveLength(2);
  });
});

describe('an endpoint that wants nothing any more', () => {
  const gone = { kind: 'answered', status: 410, body: new Uint8Array() } as const;
  const AS_OF = { updatedAt: endpoint().updatedAt };

  test('is disabled after the attempt was recorded, and nothing follows', async () => {
    const world = deliveryWorld([gone]);
    await expect(world.handle(task())).resolves.toMatchObject({ step: { kind: 'give-up', reason: 'gone' } });
    expect(world.health).toEqual([{ kind: 'disable', reason: 'gone', asOf: AS_OF }]);
    expect(world.scheduled).toEqual([]);
  });

  test('is disabled when the process dies before it does so and the task comes back', async () => {
    const world = deliveryWorld([gone]);
    await world.die(task(), 'before-health');
    expect(world.health).toEqual([]);
    world.pass(VISIBLE_AGAIN_MS);
    await world.handle(task());
    expect(world.health).toEqual([{ kind: 'disable', reason: 'gone', asOf: AS_OF }]);
    expect(world.sent).toHaveLength(1);
  });

  test('or no more of one message is obeyed: no attempt follows, and the endpoint stays', async () => {
    const world = deliveryWorld([{ ...failed, asks: 'abort-message' }]);
    await expect(world.handle(task())).resolves.toMatchObject({ step: { kind: 'give-up', reason: 'asked' } });
    expect(world.scheduled).toEqual([]);
    expect(world.health).toEqual([{ kind: 'fails', since: world.now(), asOf: AS_OF }]);
  });

  test('says so in a success too', async () => {
    const world = deliveryWorld([{ ...ok, asks: 'disable' }]);
    await expect(world.handle(task())).resolves.toMatchObject({ step: { kind: 'delivered' } });
    expect(world.health).toMatchObject([{ kind: 'disable', reason: 'asked' }]);
  });
});

describe('an endpoint that always answers', () => {
  test('has nothing written about it', async () => {
    const world = deliveryWorld();
    await world.handle(task());
    expect(world.health).toEqual([]);
  });
});

describe('a process that dies around what it tells of an endpoint', () => {
  test.each(['before-health', 'after-health'] as const)('loses no retry (%s)', async (crash) => {
    const world = deliveryWorld([failed, ok]);
    await world.die(task(), crash);
    world.pass(VISIBLE_AGAIN_MS);
    await world.handle(task());
    await world.drain();
    expect(world.attempts.get(2)).toMatchObject({ succeeded: true });
  });
});

describe('an attempt that was asked for by hand', () => {
  test('is not repeated', async () => {
    const world = deliveryWorld([failed]);
    const handled = await world.handle(task({ trigger: 'manual' }));
    expect(handled).toMatchObject({ step: { kind: 'give-up', reason: 'manual' } });
    expect(world.scheduled).toEqual([]);
  });
});

describe('the same task twice', () => {
  test('is sent once', async () => {
    const world = deliveryWorld();
    await world.handle(task());
    await expect(world.handle(task())).resolves.toMatchObject({ kind: 'dropped', scheduled: false });
    expect(world.sent).toHaveLength(1);
  });

  test('in another copy has no retries of its own', async () => {
    const world = deliveryWorld([failed, ok]);
    await world.handle(task({ copyId: 'copy-1' }));
    await expect(world.handle(task({ copyId: 'copy-2' }))).resolves.toMatchObject({
      kind: 'dropped',
      scheduled: false,
    });
    await world.drain();
    expect(world.sent).toHaveLength(2);
  });

  test('late, after the whole chain has ended, changes nothing', async () => {
    const world = deliveryWorld([failed, failed, ok]);
    await world.handle(task());
    await world.drain();
    const before = new Map(world.attempts);
    world.pass(86_400_000);
    await world.handle(task());
    await world.drain();
    expect(world.sent).toHaveLength(3);
    expect(world.attempts).toEqual(before);
  });

  test('at the same time is sent twice at most, recorded once, and retried once', async () => {
    const world = deliveryWorld([failed, failed, ok]);
    await Promise.all([world.handle(task({ copyId: 'copy-1' })), world.handle(task({ copyId: 'copy-2' }))]);
    expect(world.sent).toHaveLength(2);
    expect(world.attempts.size).toBe(1);
    expect(world.scheduled).toHaveLength(1);
    await world.drain();
    expect(world.sent).toHaveLength(3);
  });
});

describe('a retry that is further away than a queue can hold it', () => {
  const FAR = 3;

  test('is kept until it is due, at the time that the record says', async () => {
    const world = deliveryWorld([failed]);
    await world.handle(task({ attempt: FAR }));
    expect(world.scheduled).toEqual([]);
    expect([...world.kept.values()]).toMatchObject([{ task: { attempt: 4 }, dueAt: world.now() + 7_200_000 }]);
    expect(world.attempts.get(FAR)).toMatchObject({ nextAttemptAt: world.now() + 7_200_000 });
  });

  test.each(['after-record', 'before-schedule', 'after-schedule'] as const)(
    'is kept once when the process dies %s and its task comes back',
    async (crash) => {
      const world = deliveryWorld([failed, ok]);
      await world.die(task({ attempt: FAR }), crash);
      world.pass(VISIBLE_AGAIN_MS);
      await expect(world.handle(task({ attempt: FAR }))).resolves.toMatchObject({ kind: 'dropped', scheduled: true });
      expect(world.kept.size).toBe(1);
      await world.drain();
      expect(world.attempts.get(4)).toMatchObject({ succeeded: true });
      expect(world.sent).toHaveLength(2);
    },
  );

  test('waits in its lane when its task comes back so late that a queue can hold it', async () => {
    const world = deliveryWorld([failed, ok]);
    await world.die(task({ attempt: FAR }), 'after-record');
    world.pass(7_200_000 - 900_000);
    await world.handle(task({ attempt: FAR }));
    expect(world.kept.size).toBe(0);
    expect(world.scheduled).toHaveLength(1);
  });
});

describe('a retry that arrives before its time, out of order', () => {
  test('is made, and the earlier task that comes later changes nothing', async () => {
    const world = deliveryWorld([failed, ok]);
    await world.handle(task());
    const [retry] = world.scheduled;
    await world.handle(retry?.task ?? task());
    await world.handle(task({ copyId: 'copy-2' }));
    await world.drain();
    expect(world.sent).toHaveLength(2);
    expect(world.attempts.get(2)).toMatchObject({ succeeded: true });
  });
});

describe('a process that dies', () => {
  test.each([
    ['before it sends', 'before-send', 2],
    ['after it has sent', 'after-send', 3],
    ['before it records', 'before-record', 3],
    ['after it has recorded', 'after-record', 2],
    ['before it schedules', 'before-schedule', 2],
    ['after it has scheduled', 'after-schedule', 2],
  ] as const)('%s loses no retry: the task comes back and the message is delivered', async (_title, crash, sends) => {
    const world = deliveryWorld(
      crash === 'after-send' || crash === 'before-record' ? [failed, failed, ok] : [failed, ok],
    );
    await world.die(task(), crash);
    world.pass(VISIBLE_AGAIN_MS);
    await world.handle(task());
    await world.drain();
    expect(world.sent).toHaveLength(sends);
    expect(world.attempts.get(2)).toMatchObject({ succeeded: true });
  });

  test('between record and schedule has its retry made at once when it is late already', async () => {
    const world = deliveryWorld([failed, ok]);
    await world.die(task(), 'before-schedule');
    world.pass(VISIBLE_AGAIN_MS);
    await expect(world.handle(task())).resolves.toMatchObject({ kind: 'dropped', scheduled: true });
    expect(world.scheduled).toMatchObject([{ dueAt: world.now() }]);
  });

  test('is not answered for by another copy, but by its own when it comes back', async () => {
    const world = deliveryWorld([failed, ok]);
    await world.die(task({ copyId: 'copy-1' }), 'after-record');
    await expect(world.handle(task({ copyId: 'copy-2' }))).resolves.toMatchObject({ scheduled: false });
    await expect(world.handle(task({ copyId: 'copy-1' }))).resolves.toMatchObject({ scheduled: true });
  });

  const crashes = fc.option(
    fc.constantFrom<Crash>(
      'before-send',
      'after-send',
      'before-record',
      'after-record',
      'before-schedule',
      'after-schedule',
    ),
    { nil: undefined },
  );

  test('anywhere, any number of times, among any repeats: the chain always ends in a success or in a last failure', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(ok, failed), { maxLength: 20 }),
        fc.array(fc.record({ crash: crashes, isRepeated: fc.boolean(), isLate: fc.boolean() }), { maxLength: 40 }),
        async (answers, moves) => {
          const world = deliveryWorld(answers);
          const queue = [task()];
          for (let step = 0; queue.length > 0; step += 1) {
            const { crash, isRepeated = false, isLate = false } = moves[step] ?? {};
            const at = isLate ? queue.length - 1 : 0;
            const [current = task()] = queue.splice(at, 1);
            const isHandled = await world.handle(current, crash).then(
              () => true,
              () => false,
            );
            if (!isHandled || isRepeated) queue.push(current);
            queue.push(...world.scheduled.splice(0).map(({ task: retry }) => retry));
            const due = queue.length === 0 ? world.takeDue() : undefined;
            if (due !== undefined) queue.push(due.task);
            world.pass(1_000);
          }
          const last = [...world.attempts.values()].at(-1);
          expect(last?.nextAttemptAt).toBeUndefined();
          expect([...world.attempts.keys()]).toEqual(Array.from({ length: world.attempts.size }, (_, n) => n + 1));
          expect(last?.succeeded === true || last?.attempt === 4).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    ));
});
