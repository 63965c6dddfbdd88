import { giveUpImport } from './end-import.ts';
import { begun, type ImportWorld, importWorld, lineOf, runToItsEnd, SETTINGS } from './import-world.fake.ts';
import { LINE_LIMIT_BYTES } from './imported-line.ts';
import { LinesNotWritten, type StretchPorts, stretchTaken, WAIT_SECONDS } from './take-stretch.ts';

const numbersTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const textOf = (count: number): string =>
  numbersTo(count)
    .map((number) => `${lineOf(number)}\n`)
    .join('');
/** As it was put, imported to its end. */
const imported = async (world: ImportWorld, name: string, content: string | Uint8Array) => {
  await world.put(name, content);
  const taskId = await begun(world, name);
  await runToItsEnd(world, taskId);
  return world.taskOf(taskId);
};
/** Time until the rate has somebody wait. */
const untilTheFirstWait = ({ clock }: ImportWorld) => {
  const startedAt = clock.now;
  return { mayGoOn: () => clock.now === startedAt };
};

describe.each(['a.jsonl', 'a.jsonl.gz'])('%s', (name) => {
  test('is accepted line by line, in the order of its lines, and reported', async () => {
    const world = importWorld();
    const task = await imported(world, name, textOf(10));
    expect(task).toMatchObject({ status: 'finished', line: 10, accepted: 10, rejected: 0, read: task.bytes });
    expect(world.numbers()).toEqual(numbersTo(10));
    await expect(world.report(name)).resolves.toMatchObject({
      status: 'finished',
      lines: 10,
      accepted: 10,
      rejectedIn: [],
    });
  });

  test('is gone on with where a stretch ended, also in the middle of what was read', async () => {
    const world = importWorld(1_000);
    await world.put(name, textOf(9));
    const taskId = await begun(world, name);
    await expect(world.stretch(taskId, 'run-1', untilTheFirstWait(world))).resolves.toMatchObject({ next: 'rest' });
    const { accepted, offset } = await world.taskOf(taskId);
    expect([accepted, offset]).toEqual([4, Buffer.byteLength(textOf(4))]);
    await runToItsEnd(world, taskId);
    expect(world.numbers()).toEqual(numbersTo(9));
  });

  test('may be empty, have no last line end, or none but blank lines', async () => {
    await expect(imported(importWorld(), name, '')).resolves.toMatchObject({ status: 'finished', line: 0 });
    await expect(imported(importWorld(), name, lineOf(1))).resolves.toMatchObject({ line: 1, accepted: 1 });
    const windows = `\ufeff${lineOf(1)}\r\n\r\n${lineOf(2)}\r\n`;
    const [world, blank] = [importWorld(), { line: 3, accepted: 2, rejected: 0 }];
    await expect(imported(world, name, windows)).resolves.toMatchObject(blank);
    expect(world.numbers()).toEqual([1, 2]);
  });
});

test('a line that breaks a rule is refused alone, and lies beside the file with its number and the reason', async () => {
  const world = importWorld();
  const bad = ['{"eventType"', '{"eventType":"a"}', 'x'.repeat(20_000)];
  const lines = [lineOf(1), bad[0], lineOf(2), bad[1], lineOf(3), bad[2]].join('\n');
  const latin = Buffer.concat([Buffer.from(`${lines}\n`), Buffer.from([0xe9, 0x0a]), Buffer.from(lineOf(4))]);
  const task = await imported(world, 'a.jsonl', latin);
  expect(task).toMatchObject({ status: 'finished', line: 8, accepted: 4, rejected: 4 });
  expect(world.numbers()).toEqual([1, 2, 3, 4]);
  const [notJson, noPayload, long, notText] = await world.rejected('a.jsonl', task.id);
  expect(notJson).toEqual({
    line: 2,
    offset: lineOf(1).length + 1,
    reasons: [{ loc: [], msg: 'is not JSON' }],
    text: bad[0],
  });
  expect(noPayload).toMatchObject({ line: 4, reasons: [{ loc: ['payload'], msg: 'is missing' }] });
  expect(long).toEqual({ line: 6, offset: expect.any(Number), reasons: [{ loc: [], msg: 'is not JSON' }] });
  expect(notText).toMatchObject({ line: 7, reasons: [{ loc: [], msg: 'is not UTF-8' }] });
  const rejectedIn = [`${world.keyOf('a.jsonl')}.${task.id}.rejected-0001.ndjson`];
  await expect(world.report('a.jsonl')).resolves.toMatchObject({ rejected: 4, rejectedIn });
});

test('a line that is too long is refused, and its neighbours are accepted', async () => {
  const world = importWorld(64 * 1024);
  const long = JSON.stringify({ eventType: 'a', payload: { x: 'x'.repeat(LINE_LIMIT_BYTES) } });
  await expect(imported(world, 'a.jsonl', [lineOf(1), long, lineOf(2)].join('\n'))).resolves.toMatchObject({
    rejected: 1,
  });
  expect(world.numbers()).toEqual([1, 2]);
});

describe('a packed file whose text has no line end', () => {
  /** So many chunks of a text, and how many of them were asked for. */
  const endless = (chunks: number) => {
    const state = { read: 0 };
    const open: StretchPorts['open'] = async () => ({
      chunks: (async function* () {
        const chunk = Buffer.alloc(1024 * 1024, 'x');
        for (; state.read < chunks; state.read += 1) yield chunk;
      })(),
      read: () => 0,
    });
    return { open, state };
  };

  test('ends its import as too large, however little of it lies there', async () => {
    const world = importWorld();
    await world.put('a.jsonl.gz', 'x');
    const taskId = await begun(world, 'a.jsonl.gz');
    const { open, state } = endless(20 * 1024);
    await expect(world.stretch(taskId, 'run-1', { open })).resolves.toMatchObject({ next: 'end' });
    await expect(world.taskOf(taskId)).resolves.toMatchObject({ status: 'failed', reason: 'file-too-large' });
    expect(state.read).toBe(1024);
  });

  test('is read for as long as a stretch has time, and refused as one line', async () => {
    const world = importWorld();
    await world.put('a.jsonl.gz', 'x');
    const taskId = await begun(world, 'a.jsonl.gz');
    const { open, state } = endless(10);
    const mayGoOn = () => state.read < 5;
    await expect(world.stretch(taskId, 'run-1', { open, mayGoOn })).resolves.toMatchObject({ next: 'rest' });
    expect(state.read).toBe(5);
    await world.stretch(taskId, 'run-1', endless(10));
    await expect(world.taskOf(taskId)).resolves.toMatchObject({ status: 'finished', line: 1, rejected: 1 });
  });
});

test('lists of refused lines end before they are too large to be written whole', async () => {
  const world = importWorld(64 * 1024);
  const bad = `${'x'.repeat(15_000)}\n`;
  const task = await imported(world, 'a.jsonl', bad.repeat(300));
  expect(task).toMatchObject({ rejected: 300, rejectedParts: 2 });
  const [first, second] = [await world.rejected('a.jsonl', task.id, 1), await world.rejected('a.jsonl', task.id, 2)];
  expect([...first, ...second].map(({ line }) => line)).toEqual(numbersTo(300));
});

test('what is said of a file stays when another one comes under its key, and the newest report is found by the key', async () => {
  const world = importWorld();
  const one = await imported(world, 'a.jsonl', `${lineOf(1)}\nbad`);
  const other = await imported(world, 'a.jsonl', 'worse\nworst');
  await expect(world.rejected('a.jsonl', one.id)).resolves.toMatchObject([{ line: 2, text: 'bad' }]);
  await expect(world.rejected('a.jsonl', other.id)).resolves.toHaveLength(2);
  await expect(world.reportOf('a.jsonl', one.id)).resolves.toMatchObject({ task: one.id, accepted: 1, rejected: 1 });
  await expect(world.reportOf('a.jsonl', other.id)).resolves.toMatchObject({ task: other.id, rejected: 2 });
  await expect(world.report('a.jsonl')).resolves.toMatchObject({ task: other.id });
});

test('a line whose event id is that of a message that stands counts as repeated', async () => {
  const world = importWorld();
  const twice = [lineOf(1, { eventId: 'e' }), lineOf(2, { eventId: 'e' }), lineOf(3)].join('\n');
  await expect(imported(world, 'a.jsonl', twice)).resolves.toMatchObject({ accepted: 2, repeated: 1, rejected: 0 });
  expect(world.numbers()).toEqual([1, 3]);
});

test('where an endpoint is ordered, lines take their places as they stand, also when some of them are done again', async () => {
  const world = importWorld();
  world.state.orderedEndpoints = 1;
  await world.put(
    'a.jsonl',
    numbersTo(8)
      .map((number) => lineOf(number, { orderingKey: `k${number % 2}` }))
      .join('\n'),
  );
  const taskId = await begun(world, 'a.jsonl');
  const change: StretchPorts['change'] = async () => Promise.reject(new Error('crashed'));
  await world.stretch(taskId, 'run-1', { change });
  await runToItsEnd(world, taskId);
  const places = await Promise.all(numbersTo(4).map((number) => world.placeOf('k1', number)));
  expect(places.toSorted()).toEqual(places);
  expect(new Set(places).size).toBe(4);
  await expect(world.placeOf('k1', 5)).resolves.toBeUndefined();
});

test('messages carry the version that their application has by then', async () => {
  const world = importWorld();
  await world.put('a.jsonl', textOf(8));
  const sleep = async (ms: number) => {
    world.state.version += 1;
    await world.ports.sleep(ms);
  };
  await world.stretch(await begun(world, 'a.jsonl'), 'run-1', { sleep });
  expect(world.records().map(({ appVersion }) => appVersion)).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
});

test('no more lines a second are taken in than was said', async () => {
  const world = importWorld();
  await imported(world, 'a.jsonl', textOf(20));
  expect(world.state.slept / 1000).toBe(20 / SETTINGS.ratePerSecond);
});

describe('an import ends', () => {
  const stoppedBy = async (does: (world: ImportWorld) => Promise<unknown>, name = 'a.jsonl') => {
    const world = importWorld();
    await world.put(name, textOf(9));
    const taskId = await begun(world, name);
    await world.stretch(taskId, 'run-1', untilTheFirstWait(world));
    await does(world);
    await runToItsEnd(world, taskId);
    return { world, task: await world.taskOf(taskId) };
  };

  test.each([
    ['file-gone', (world: ImportWorld) => world.bucket.remove(world.keyOf('a.jsonl'))],
    ['file-changed', (world: ImportWorld) => world.put('a.jsonl', textOf(10))],
  ])('because its file is not what it was: %s', async (reason, does) => {
    const { task, world } = await stoppedBy(does);
    expect(task).toMatchObject({ status: 'failed', reason, accepted: 4 });
    expect(world.numbers()).toEqual([1, 2, 3, 4]);
    await expect(world.report('a.jsonl')).resolves.toBeNull();
    // As when the function died behind the end of the task.
    await expect(world.stretch(task.id)).resolves.toMatchObject({ next: 'end' });
    await expect(world.report('a.jsonl')).resolves.toBeNull();
  });

  test('because its application was deleted, with nothing refused', async () => {
    const { task, world } = await stoppedBy(async ({ state }) => {
      state.application = false;
    });
    expect(task).toMatchObject({ status: 'failed', reason: 'application-deleted', accepted: 4, rejected: 0 });
    await expect(world.report('a.jsonl')).resolves.toMatchObject({ reason: 'application-deleted', accepted: 4 });
  });

  test('because its file is damaged, with what came before that accepted', async () => {
    const world = importWorld();
    await world.bucket.put(world.keyOf('a.jsonl.gz'), new TextEncoder().encode('no gzip'));
    const taskId = await begun(world, 'a.jsonl.gz');
    await runToItsEnd(world, taskId);
    await expect(world.taskOf(taskId)).resolves.toMatchObject({ status: 'failed', reason: 'file-damaged' });
  });

  test('because its file is too large, before anything of it is read', async () => {
    const world = importWorld();
    await world.put('a.jsonl', textOf(1));
    const findFile = async (key: string) => ({ file: key, etag: '"x"', bytes: 11 * 1024 ** 3, version: '1' });
    const outcome = await world.begin('a.jsonl', 'run-1', { findFile });
    const { taskId } = outcome as { taskId: string };
    await runToItsEnd(world, taskId);
    await expect(world.taskOf(taskId)).resolves.toMatchObject({ reason: 'file-too-large', accepted: 0 });
  });

  test('when it is cancelled, within some lines, and goes on from there when its file is put again', async () => {
    const cancel = async (world: ImportWorld) => {
      const canceled = { status: 'failed', reason: 'canceled', updatedAt: world.clock.now } as const;
      const [taskId] = [await begun(world, 'a.jsonl')];
      await world.ports.change(world.ref.orgId, await world.taskOf(taskId), canceled);
    };
    const { task, world } = await stoppedBy(cancel);
    expect(task).toMatchObject({ status: 'failed', reason: 'canceled', accepted: 4 });
    await expect(world.report('a.jsonl')).resolves.toMatchObject({ reason: 'canceled', accepted: 4 });
    await world.put('a.jsonl', textOf(9));
    await world.begin('a.jsonl', 'run-2');
    await runToItsEnd(world, task.id, 'run-2');
    await expect(world.taskOf(task.id)).resolves.toMatchObject({ status: 'finished', accepted: 9 });
    expect(world.numbers()).toEqual(numbersTo(9));
  });
});

test('while lines cannot be written the import stands, and then takes them in once', async () => {
  const world = importWorld();
  await world.put('a.jsonl', textOf(8));
  const taskId = await begun(world, 'a.jsonl');
  let writes = 0;
  const save: StretchPorts['accept']['save'] = async (ref, record) => {
    writes += 1;
    if (writes > 6) throw new Error('throttled');
    return world.ports.accept.save(ref, record);
  };
  const throttled = { accept: { ...world.ports.accept, save } };
  const first = await world.stretch(taskId, 'run-1', throttled);
  expect(first).toMatchObject({ next: 'wait', task: { accepted: 4 } });
  expect(first?.error).toBeInstanceOf(LinesNotWritten);
  expect(first?.error).toMatchObject({ lines: 2 });
  const second = await world.stretch(taskId, 'run-1', throttled);
  expect(second?.task.step).toBe(second?.from.step);
  await runToItsEnd(world, taskId);
  expect(world.numbers()).toEqual(numbersTo(8));
  await expect(world.taskOf(taskId)).resolves.toMatchObject({ accepted: 8, rejected: 0 });
});

test('what was written before a stretch failed is not made again when the rate has changed meanwhile', async () => {
  const world = importWorld(64 * 1024);
  await world.put('a.jsonl', textOf(1_200));
  const taskId = await begun(world, 'a.jsonl');
  const throttledAt = (number: number) => ({
    accept: {
      ...world.ports.accept,
      save: async (...[ref, record]: Parameters<StretchPorts['accept']['save']>) => {
        if (new TextDecoder().decode(record.payload).includes(`:${number}}`)) throw new Error('throttled');
        return world.ports.accept.save(ref, record);
      },
    },
  });
  await world.stretch(taskId, 'run-1', throttledAt(500), { ratePerSecond: 500 });
  await world.stretch(taskId, 'run-1', throttledAt(460), { ratePerSecond: 75 });
  await expect(world.taskOf(taskId)).resolves.toMatchObject({ accepted: 450 });
  await world.stretch(taskId, 'run-1', throttledAt(1_000), { ratePerSecond: 499 });
  await world.stretch(taskId, 'run-1', {}, { ratePerSecond: 100 });
  expect(world.numbers()).toEqual(numbersTo(1_200));
  await expect(world.taskOf(taskId)).resolves.toMatchObject({ status: 'finished', accepted: 1_200 });
  const times = new Set(world.records().map(({ acceptedAt }) => acceptedAt));
  expect(times.size).toBe(3);
});

test('an import that is given up on fails with a report, and another run’s is left alone', async () => {
  const world = importWorld();
  await world.put('a.jsonl', textOf(3));
  const taskId = await begun(world, 'a.jsonl');
  const input = { orgId: world.ref.orgId, taskId, run: 'run-2', execution: 0, page: 0 };
  await giveUpImport(input, world.ports);
  await expect(world.taskOf(taskId)).resolves.toMatchObject({ status: 'running' });
  await giveUpImport({ ...input, run: 'run-1' }, world.ports);
  await expect(world.taskOf(taskId)).resolves.toMatchObject({ status: 'failed', reason: 'fault' });
  await expect(world.report('a.jsonl')).resolves.toMatchObject({ reason: 'fault' });
});

test('a stretch whose time is over has others take their turn before the next one', () => {
  const input = { orgId: 'o', taskId: 't', run: 'r', execution: 0, page: 0 };
  expect(stretchTaken(input, { next: 'rest' }, SETTINGS)).toMatchObject({ next: 'wait', waitSeconds: 70, page: 1 });
  expect(stretchTaken(input, { next: 'wait' }, SETTINGS)).toMatchObject({ next: 'wait', waitSeconds: WAIT_SECONDS });
  expect(stretchTaken(input, { next: 'again' }, SETTINGS)).toMatchObject({ next: 'again' });
});

test('the last stretch of an execution hands over to the next, under a number of its own', () => {
  const last = { orgId: 'o', taskId: 't', run: 'r', execution: 3, page: SETTINGS.stretchesPerExecution - 1 };
  expect(stretchTaken(last, { next: 'again' }, SETTINGS)).toMatchObject({ next: 'continue', execution: 4, run: 'r' });
  expect(stretchTaken(last, { next: 'end' }, SETTINGS)).toMatchObject({ next: 'end', execution: 3 });
});
