import type { ArchiveRow } from '@fanfare/events/archive-row';
import { jest } from '@jest/globals';
import { placesOf } from './canary.ts';
import { compactArchive, contentObjectsOf } from './compaction.ts';
import { newEndpoint, newTarget, untilReceived, useReceiver } from './delivery-target.ts';
import { contractValue } from './environment-under-test.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { opsJson } from './ops-command.ts';
import { newTenant, type Tenant } from './tenant.ts';
import { untilLaneIsEmpty } from './webhook-lane.ts';

jest.setTimeout(4 * PATIENCE_MILLISECONDS);
const receiver = useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

/** The local stage's event type whose retries are an hour away. */
const RETRIED_LATER = 'test.retried-later';

test('a secret in a payload, once expunged, is nowhere: not in table, buckets, queues, logs or archive', async () => {
  const since = Date.now() - 1000;
  const canary = `canary-${crypto.randomUUID()}`;
  const delivered = await newTarget(tenant);
  const failing = await newEndpoint(tenant, delivered.appId);
  receiver().behave(failing.path, { kind: 'answer', statuses: [500] });
  const post = (eventType: string, padding: string) =>
    tenant.svix.message.create(delivered.appId, { eventType, payload: { canary, padding } });
  const noise = (count: number) => Array.from({ length: count }, () => crypto.randomUUID()).join('');
  // One that travels with its tasks, one that does not and one in an object, one whose retries are an hour away, one for another day.
  const ids = [
    await post('a', ''),
    await post('a', noise(400)),
    await post('a', noise(3_000)),
    await post(RETRIED_LATER, ''),
    await tenant.svix.message.create(delivered.appId, {
      ...{ eventType: 'a', payload: { canary }, deliverAt: new Date(Date.now() + 86_400_000) },
    }),
  ].map(({ id }) => id);
  await untilReceived(delivered, 4);

  const archived = async () =>
    (
      await opsJson<{ rows: (ArchiveRow & { text?: string })[] }>(
        ...['archive', 'query', '--app', delivered.appId, '--since', '1h', '--kind', 'message', '--with-content'],
      )
    ).rows;
  const rows = await eventually('the archived messages', async () => {
    const found = await archived();
    return found.length === ids.length ? found : undefined;
  });
  for (const { text } of rows) expect(text).toContain(canary);
  await compactArchive();
  expect(await placesOf(canary, since)).toEqual(
    expect.arrayContaining(['table: message', `bucket: ${await contractValue('bucket/payloads/name')}`]),
  );
  expect(await contentObjectsOf(delivered.appId)).toHaveLength(1);

  for (const id of ids) await tenant.svix.message.expungeContent(delivered.appId, id);
  await eventually('an archive without it', async () => {
    await compactArchive();
    return (await archived()).every(({ text }) => text === '(expunged)') ? true : undefined;
  });
  await untilLaneIsEmpty();
  await expect(placesOf(canary, since)).resolves.toEqual([]);
  await expect(contentObjectsOf(delivered.appId)).resolves.toEqual([]);
});
