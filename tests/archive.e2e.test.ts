import { S3Client } from '@aws-sdk/client-s3';
import { listKeys } from '@fanfare/core/aws/archive-objects';
import type { ArchiveRow } from '@fanfare/events/archive-row';
import { jest } from '@jest/globals';
import { compactArchive } from './compaction.ts';
import { newTarget, receivedBy, type Target, untilReceived, useReceiver } from './delivery-target.ts';
import { clientOptions, contractValue } from './environment-under-test.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { opsJson } from './ops-command.ts';
import { newTenant, type Tenant } from './tenant.ts';

jest.setTimeout(2 * PATIENCE_MILLISECONDS);
useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

type Shown = Omit<ArchiveRow, 'content'> & { readonly text?: string };

const send = async ({ appId }: Target, payload: object) =>
  (await tenant.svix.message.create(appId, { eventType: 'a', payload })).id;
const query = async ({ appId }: Target, ...more: readonly string[]): Promise<readonly Shown[]> =>
  (await opsJson<{ rows: Shown[] }>('archive', 'query', '--app', appId, '--since', '1h', ...more)).rows;
const untilArchived = (target: Target, count: number) =>
  eventually(`${count} rows archived`, async () => {
    const rows = await query(target, '--with-content');
    return rows.length >= count ? rows : undefined;
  });
const partitionsOf = async ({ appId }: Target): Promise<string[]> => {
  const client = new S3Client({ ...clientOptions(), forcePathStyle: true });
  const keys: string[] = [];
  const prefix = `rows/app=${appId}/`;
  for await (const key of listKeys(client, await contractValue('bucket/archive/name'), prefix)) keys.push(key);
  return keys;
};

describe('the archive', () => {
  test('shows each message and attempt once, with its content, before it is compacted and after', async () => {
    const target = await newTarget(tenant);
    const id = await send(target, { n: 1 });
    await untilReceived(target, 1);
    const before = await untilArchived(target, 2);
    expect(before.map(({ kind }) => kind).toSorted()).toEqual(['attempt', 'message']);
    expect(before.find(({ kind }) => kind === 'message')).toMatchObject({ id, event_type: 'a', text: '{"n":1}' });
    await expect(compactArchive()).resolves.toMatchObject({ isFinished: true });
    await Promise.all([compactArchive(), compactArchive()]);
    expect(await partitionsOf(target)).toHaveLength(1);
    expect(await query(target, '--with-content')).toEqual(before);
    expect(await query(target, '--kind', 'attempt', '--id', id)).toMatchObject([{ msg_id: id, status_code: 200 }]);
  });

  test('has no content of what was expunged once it is compacted, whether that was archived before or after', async () => {
    const target = await newTarget(tenant);
    const [early, late] = [await send(target, { secret: 'one' }), await send(target, { secret: 'two' })];
    await untilReceived(target, 2);
    await untilArchived(target, 4);
    await compactArchive();
    for (const id of [early, late]) await tenant.svix.message.expungeContent(target.appId, id);
    await eventually('rows of what was expunged', async () => {
      await compactArchive();
      const rows = await query(target, '--kind', 'message', '--with-content');
      return rows.every(({ text }) => text === '(expunged)') ? rows : undefined;
    });
    expect(await query(target)).toHaveLength(4);
    expect(receivedBy(target)).toHaveLength(2);
  });

  test('cannot be read any more of an application that was deleted, and nothing else becomes unreadable', async () => {
    const [gone, kept] = [await newTarget(tenant), await newTarget(tenant)];
    for (const target of [gone, kept]) await send(target, { n: 1 });
    for (const target of [gone, kept]) await untilArchived(target, 2);
    await compactArchive();
    await tenant.svix.application.delete(gone.appId);
    const texts = async (target: Target) => (await query(target, '--with-content')).map(({ text }) => text);
    for (const text of await texts(gone)) expect(text).toBe('(unreadable: the application was deleted)');
    expect(await texts(kept)).toContain('{"n":1}');
  });
});
