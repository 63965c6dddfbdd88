import { gzipSync } from 'node:zlib';
import { jest } from '@jest/globals';
import { newApplication, newTarget, receivedBy, untilReceived, useReceiver } from './delivery-target.ts';
import { untilAnnounced, useSubscription } from './domain-events.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { killWorkersOf } from './function-workers.ts';
import {
  importExecution,
  putFile,
  resumeImport,
  runLastStretch,
  textBeside,
  untilReported,
  untilShown,
} from './imports.ts';
import { storedIds, untilDenied, withoutRight } from './intake.ts';
import { call, newTenant, signed, type Tenant } from './tenant.ts';
import { untilLaneIsEmpty } from './webhook-lane.ts';

jest.setTimeout(3 * PATIENCE_MILLISECONDS);
useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});
const subscription = useSubscription(() => tenant.orgId);

/** Some seconds of an import on the local stage, which takes 100 lines at a time. */
const LINES = 400;

const lineOf = (number: number): string => `{"eventType":"order.paid","payload":{"number":${number}, "price":1.50}}`;
const textOf = (count: number): string =>
  Array.from({ length: count }, (_, index) => `${lineOf(index + 1)}\n`).join('');
const numbersIn = (bodies: readonly unknown[]): number[] =>
  bodies.map((body) => (JSON.parse(String(body)) as { number: number }).number).toSorted((a, b) => a - b);
/** Ids of every message of an application, however many pages they take. */
const idsIn = async (appId: string, iterator?: string): Promise<readonly string[]> => {
  const page = await tenant.svix.message.list(appId, { limit: 250, ...(iterator === undefined ? {} : { iterator }) });
  const ids = page.data.map(({ id }) => id);
  return page.done ? ids : [...ids, ...(await idsIn(appId, page.iterator ?? undefined))];
};
const running = (accepted: number) => (task: { status: string; data: Record<string, unknown> }) =>
  task.status === 'running' && Number(task.data.messagesAccepted) >= accepted;

describe('a file of events', () => {
  test.each([
    ['plain', 'orders.jsonl', (text: string): string | Uint8Array => text],
    ['packed', 'orders.jsonl.gz', (text: string): string | Uint8Array => gzipSync(text)],
  ])('(%s) is delivered byte for byte, and its report lies beside it', async (_title, name, packed) => {
    const target = await newTarget(tenant);
    const key = await putFile(tenant, target.appId, name, packed(textOf(20)));
    expect(await untilReported(key, 'finished')).toMatchObject({
      lines: 20,
      accepted: 20,
      rejected: 0,
      rejectedIn: [],
    });
    await untilReceived(target, 20);
    await untilLaneIsEmpty();
    expect(receivedBy(target).map(({ body }) => String(body))).toContain('{"number":7, "price":1.50}');
    expect(numbersIn(receivedBy(target).map(({ body }) => body))).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    const shown = await untilShown(tenant, key);
    expect(shown).toMatchObject({ task: 'message.import', status: 'finished' });
    expect(shown.data).toMatchObject({ appId: target.appId, messagesAccepted: 20, progress: 1 });
    await untilAnnounced(
      subscription(),
      'background_task.finished',
      ({ data }) => 'taskId' in data && data.taskId === shown.id,
    );
  });

  test('with bad lines has those refused alone, with number and reason, and stands in lists as in the file', async () => {
    const appId = await newApplication(tenant);
    const lines = [lineOf(1), 'no JSON', lineOf(2), '{"payload":{}}', lineOf(3)];
    const key = await putFile(tenant, appId, 'mixed.jsonl', lines.join('\r\n'));
    const report = await untilReported(key, 'finished');
    expect(report).toMatchObject({ lines: 5, accepted: 3, rejected: 2 });
    const [part = ''] = report.rejectedIn;
    const rejected = ((await textBeside(part)) ?? '').trim().split('\n');
    expect(rejected.map((row) => JSON.parse(row))).toMatchObject([
      { line: 2, reasons: [{ msg: 'is not JSON' }], text: 'no JSON\r' },
      { line: 4, reasons: [{ loc: ['eventType'], msg: 'is missing' }] },
    ]);
    const { data } = await tenant.svix.message.list(appId, { withContent: true });
    expect(data.map(({ payload }) => payload.number)).toEqual([3, 2, 1]);
  });

  test('is accepted once when it is put there twice', async () => {
    const appId = await newApplication(tenant);
    const key = await putFile(tenant, appId, 'twice.jsonl', textOf(5));
    const first = await untilReported(key, 'finished');
    await putFile(tenant, appId, 'twice.jsonl', textOf(5));
    // What was put behind it has been looked at when this is.
    const other = await putFile(tenant, appId, 'behind.jsonl', lineOf(6));
    await untilReported(other, 'finished');
    expect(await untilReported(key, 'finished')).toEqual(first);
    expect(await storedIds(tenant, appId)).toHaveLength(6);
  });

  test('that is packed and damaged ends with the reason, and what came before that is accepted', async () => {
    const appId = await newApplication(tenant);
    // Stored, not compressed, so that the beginning of it can be read.
    const packed = gzipSync(textOf(200), { level: 0 });
    const key = await putFile(tenant, appId, 'cut.jsonl.gz', packed.subarray(0, packed.length - 2_000));
    const report = await untilReported(key, 'failed');
    expect(report).toMatchObject({ reason: 'file-damaged' });
    expect(report.accepted).toBeGreaterThanOrEqual(100);
  });

  test('of an application that is not there is told so, and nothing is accepted', async () => {
    const key = await putFile(tenant, 'nobody', 'a.jsonl', textOf(1));
    expect(await untilReported(key, 'failed')).toMatchObject({ reason: 'application-not-found' });
  });
});

describe('an import', () => {
  test('whose worker is killed half way goes on where it stood, and accepts nothing twice', async () => {
    const appId = await newApplication(tenant);
    const key = await putFile(tenant, appId, 'killed.jsonl', textOf(LINES));
    await untilShown(tenant, key, running(100));
    expect(killWorkersOf('import-file')).toBeGreaterThan(0);
    expect(await untilReported(key, 'finished')).toMatchObject({ lines: LINES, accepted: LINES, rejected: 0 });
    expect(await idsIn(appId)).toHaveLength(LINES);
  });

  test('that is cancelled stops, and goes on when its file is put there again', async () => {
    const appId = await newApplication(tenant);
    const key = await putFile(tenant, appId, 'stopped.jsonl', textOf(LINES));
    const { id } = await untilShown(tenant, key, running(100));
    expect(await call('POST', `/api/v1/background-task/${id}/cancel`, { token: tenant.token })).toMatchObject({
      status: 200,
      body: { status: 'failed', data: { reason: 'canceled' } },
    });
    const stopped = await untilReported(key, 'failed');
    expect(stopped).toMatchObject({ task: id, reason: 'canceled' });
    expect(stopped.accepted).toBeLessThan(LINES);
    await putFile(tenant, appId, 'stopped.jsonl', textOf(LINES));
    expect(await untilReported(key, 'finished')).toMatchObject({ task: id, accepted: LINES });
    expect(await idsIn(appId)).toHaveLength(LINES);
  });

  test('that is cancelled goes on when its operator says so, with its file as it lies there', async () => {
    const appId = await newApplication(tenant);
    const key = await putFile(tenant, appId, 'asked.jsonl', textOf(LINES / 2));
    const { id } = await untilShown(tenant, key, running(100));
    await call('POST', `/api/v1/background-task/${id}/cancel`, { token: tenant.token });
    await untilReported(key, 'failed');
    await resumeImport(key);
    expect(await untilReported(key, 'finished')).toMatchObject({ task: id, accepted: LINES / 2 });
    expect(await idsIn(appId)).toHaveLength(LINES / 2);
  });

  test('goes on in a new execution when one has done its stretches', async () => {
    const appId = await newApplication(tenant);
    const key = await putFile(tenant, appId, 'long.jsonl', textOf(LINES));
    const { id } = await untilShown(tenant, key, running(100));
    await call('POST', `/api/v1/background-task/${id}/cancel`, { token: tenant.token });
    await untilReported(key, 'failed');
    const run = `${id}-test`;
    await runLastStretch(tenant.orgId, id, run);
    expect(await untilReported(key, 'finished')).toMatchObject({ task: id, accepted: LINES });
    await eventually('the end of the second execution', async () =>
      (await importExecution(`${run}-1`)) === 'SUCCEEDED' ? true : undefined,
    );
    expect(await idsIn(appId)).toHaveLength(LINES);
  });

  test('waits while the table takes nothing, and is whole afterwards', async () => {
    const appId = await newApplication(tenant);
    const restore = await withoutRight('import-file', 'dynamodb:PutItem');
    let key: string;
    try {
      const sinceMs = Date.now();
      key = await putFile(tenant, appId, 'throttled.jsonl', textOf(20));
      await untilDenied('import-file', sinceMs);
      expect(await storedIds(tenant, appId)).toEqual([]);
    } finally {
      await restore();
    }
    expect(await untilReported(key, 'finished')).toMatchObject({ accepted: 20, rejected: 0 });
    expect(await storedIds(tenant, appId)).toHaveLength(20);
  });

  test('is shown to its own organisation and application alone', async () => {
    const appId = await newApplication(tenant);
    const key = await putFile(tenant, appId, 'own.jsonl', textOf(1));
    const { id } = await untilShown(tenant, key);
    const portal = { token: await signed({ sub: appId, org: tenant.orgId }) };
    const seen = await call('GET', `/api/v1/background-task/${id}`, portal);
    expect(seen).toMatchObject({ status: 200, body: { id } });
    expect(JSON.stringify(seen)).not.toContain(key);
    expect(await call('POST', `/api/v1/background-task/${id}/cancel`, portal)).toMatchObject({ status: 403 });
    const { token } = await newTenant();
    expect(await call('GET', `/api/v1/background-task/${id}`, { token })).toMatchObject({ status: 404 });
    expect(await call('POST', `/api/v1/background-task/${id}/cancel`, { token })).toMatchObject({ status: 404 });
  });
});
