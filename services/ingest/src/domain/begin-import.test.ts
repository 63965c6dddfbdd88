import { RUN_LOST_MS } from './begin-import.ts';
import { begun, importWorld, lineOf, runToItsEnd } from './import-world.fake.ts';
import { rejectedKey } from './imported-file.ts';

const TEXT = [1, 2, 3].map((number) => lineOf(number)).join('\n');

test('a file is imported by a task of its application', async () => {
  const world = importWorld();
  await world.put('a.jsonl', TEXT);
  const begun = await world.begin('a.jsonl');
  expect(begun).toMatchObject({ kind: 'begun', orgId: world.ref.orgId });
  const task = await world.taskOf((begun as { taskId: string }).taskId);
  expect(task).toMatchObject({ status: 'running', appId: world.ref.appId, file: world.keyOf('a.jsonl'), offset: 0 });
});

test('a notice that comes twice begins one import, whoever is told of it', async () => {
  const world = importWorld();
  await world.put('a.jsonl', TEXT);
  const [first, again] = [await world.begin('a.jsonl'), await world.begin('a.jsonl')];
  expect(again).toEqual(first);
  await expect(world.begin('a.jsonl', 'run-2')).resolves.toMatchObject({ kind: 'left' });
});

test('of two that begin the same at the same time one does', async () => {
  const world = importWorld();
  await world.put('a.jsonl', TEXT);
  const outcomes = await Promise.all([world.begin('a.jsonl', 'run-1'), world.begin('a.jsonl', 'run-2')]);
  expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['begun', 'left']);
});

test('a file that has been imported is left when it is put again, and imported when it is another one', async () => {
  const world = importWorld();
  await world.put('a.jsonl', TEXT);
  await runToItsEnd(world, await begun(world, 'a.jsonl'));
  await world.put('a.jsonl', TEXT);
  await expect(world.begin('a.jsonl', 'run-2')).resolves.toMatchObject({ kind: 'left' });
  await world.put('a.jsonl', `${TEXT}\n${lineOf(4)}`);
  await expect(world.begin('a.jsonl', 'run-3')).resolves.toMatchObject({ kind: 'begun' });
});

test('an import that was stopped goes on when its file is put again, and not when its notice comes again', async () => {
  const world = importWorld();
  await world.put('a.jsonl', TEXT);
  const taskId = await begun(world, 'a.jsonl');
  const stopped = { status: 'failed', reason: 'canceled', updatedAt: world.clock.now } as const;
  await world.ports.change(world.ref.orgId, await world.taskOf(taskId), stopped);
  await expect(world.begin('a.jsonl', 'run-2')).resolves.toMatchObject({ kind: 'left' });
  await world.put('a.jsonl', TEXT);
  await expect(world.begin('a.jsonl', 'run-3')).resolves.toEqual({ kind: 'resumed', orgId: world.ref.orgId, taskId });
  await expect(world.taskOf(taskId)).resolves.toMatchObject({ status: 'running', run: 'run-3' });
  await expect(world.taskOf(taskId)).resolves.not.toHaveProperty('reason');
});

const stoppedWith = async (reason: string) => {
  const world = importWorld();
  await world.put('a.jsonl', TEXT);
  const taskId = await begun(world, 'a.jsonl');
  const stopped = { status: 'failed', reason, updatedAt: world.clock.now } as const;
  await world.ports.change(world.ref.orgId, await world.taskOf(taskId), stopped);
  return { world, taskId };
};

test('an import that a fault stopped goes on when it is told of again, and its file is not put again', async () => {
  const { world, taskId } = await stoppedWith('fault');
  await expect(world.begin('a.jsonl', 'run-2')).resolves.toMatchObject({ kind: 'resumed', taskId });
  await runToItsEnd(world, taskId, 'run-2');
  expect(world.numbers()).toEqual([1, 2, 3]);
});

test('an import that somebody stopped goes on when somebody asks for it, once, and its file is not put again', async () => {
  const { world, taskId } = await stoppedWith('canceled');
  await expect(world.begin('a.jsonl', 'run-2', {}, true)).resolves.toMatchObject({ kind: 'resumed', taskId });
  await expect(world.begin('a.jsonl', 'run-3', {}, true)).resolves.toMatchObject({ kind: 'left' });
  await runToItsEnd(world, taskId, 'run-2');
  await expect(world.begin('a.jsonl', 'run-4', {}, true)).resolves.toMatchObject({ kind: 'left' });
  expect(world.numbers()).toEqual([1, 2, 3]);
});

test('an import that nothing moves is taken over, and the run that had it does no more', async () => {
  const world = importWorld();
  await world.put('a.jsonl', TEXT);
  const taskId = await begun(world, 'a.jsonl');
  world.clock.now += RUN_LOST_MS;
  await expect(world.begin('a.jsonl', 'run-2')).resolves.toMatchObject({ kind: 'left' });
  world.clock.now += 1;
  await expect(world.begin('a.jsonl', 'run-2')).resolves.toMatchObject({ kind: 'taken-over' });
  await expect(world.stretch(taskId, 'run-1')).resolves.toBeUndefined();
  await runToItsEnd(world, taskId, 'run-2');
  expect(world.numbers()).toEqual([1, 2, 3]);
});

test('a file of nobody is told so beside it, and is imported once its application is there', async () => {
  const world = importWorld();
  await world.put('a.jsonl', TEXT);
  world.state.application = false;
  await expect(world.begin('a.jsonl')).resolves.toEqual({ kind: 'refused', reason: 'application-not-found' });
  await expect(world.report('a.jsonl')).resolves.toMatchObject({ status: 'failed', reason: 'application-not-found' });
  world.state.application = true;
  await expect(world.begin('a.jsonl')).resolves.toMatchObject({ kind: 'begun' });
});

test('a file whose key has no room for a report beside it is refused, and nothing is put there', async () => {
  const world = importWorld();
  const longest = 1024 - world.keyOf('.qtask_.rejected-0001.ndjson').length - 27;
  const nameOf = (bytes: number): string => `${'ü'.repeat(10)}${'x'.repeat(bytes - '.jsonl'.length - 20)}.jsonl`;
  await world.put(nameOf(longest), TEXT);
  await world.put(nameOf(longest + 1), TEXT);
  const putReport = () => Promise.reject(new Error('the key is too long'));
  const refused = { kind: 'refused', reason: 'key-too-long' };
  await expect(world.begin(nameOf(longest + 1), 'run-1', { putReport })).resolves.toEqual(refused);
  const { taskId } = (await world.begin(nameOf(longest))) as { taskId: string };
  await runToItsEnd(world, taskId);
  const { file } = await world.taskOf(taskId);
  expect(Buffer.byteLength(rejectedKey({ file, id: taskId }, 1))).toBe(1024);
});

test('a file that is gone before its notice came is no fault', async () => {
  await expect(importWorld().begin('a.jsonl')).resolves.toEqual({ kind: 'gone' });
});
