import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { payloadObjectKey } from '@fanfare/core/payload-object';
import type { ArchiveRow } from '@fanfare/events/archive-row';
import { jest } from '@jest/globals';
import { archivedKeys, compactArchive, contentObjectsOf } from './compaction.ts';
import { newTarget, receivedBy, type Target, untilReceived, useReceiver } from './delivery-target.ts';
import { clientOptions, contractValue } from './environment-under-test.ts';
import { eventually, PATIENCE_MILLISECONDS } from './eventually.ts';
import { forgetMessage } from './forget-message.ts';
import { ops, opsJson } from './ops-command.ts';
import { newTenant, type Tenant } from './tenant.ts';
import { untilLaneIsEmpty } from './webhook-lane.ts';

jest.setTimeout(2 * PATIENCE_MILLISECONDS);
useReceiver();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await newTenant();
});

type Shown = Omit<ArchiveRow, 'content'> & { readonly text?: string };

const send = async ({ appId }: Target, payload: object) =>
  (await tenant.svix.message.create(appId, { eventType: 'a', payload })).id;
const refOf = ({ appId }: Target, messageId: string) => ({ orgId: tenant.orgId, appId, messageId });
const query = async ({ appId }: Target, ...more: readonly string[]): Promise<readonly Shown[]> =>
  (await opsJson<{ rows: Shown[] }>('archive', 'query', '--app', appId, '--since', '1h', ...more)).rows;
const untilArchived = (target: Target, count: number) =>
  eventually(`${count} rows archived`, async () => {
    const rows = await query(target, '--with-content');
    return rows.length >= count ? rows : undefined;
  });
const partitionsOf = ({ appId }: Target) => archivedKeys(`rows/app=${appId}/`);

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

  test('gives back what the table has no more: shown again, sent by nobody, and replayed to an endpoint once', async () => {
    const target = await newTarget(tenant);
    const id = await send(target, { n: 1.5 });
    await untilReceived(target, 1);
    await untilArchived(target, 2);
    await compactArchive();
    await forgetMessage(refOf(target, id));
    const of = ['--app', target.appId, '--since', '1h'];

    const restore = () => opsJson('archive', 'restore', ...of);
    await expect(restore()).resolves.toMatchObject({ matched: 1, restored: 1, withoutPayload: 0 });
    await expect(restore()).resolves.toMatchObject({ restored: 0, standing: 1 });
    const shown = await tenant.svix.message.get(target.appId, id, { withContent: true });
    expect(shown.payload).toEqual({ n: 1.5 });

    const replay = (name: string) =>
      opsJson('archive', 'replay', ...of, '--endpoint', target.endpointId, '--name', name);
    await expect(replay('once')).resolves.toMatchObject({ matched: 1, standing: 1, published: 1 });
    await untilReceived(target, 2);
    await replay('once');
    await replay('again');
    await untilReceived(target, 3);
    await untilLaneIsEmpty();
    const requests = receivedBy(target);
    expect(requests.map(({ headers }) => headers['webhook-id'])).toEqual([id, id, id]);
    expect(new Set(requests.map(({ body }) => body.toString()))).toEqual(new Set(['{"n":1.5}']));
    const { data } = await tenant.svix.messageAttempt.listByMsg(target.appId, id);
    expect(data.map(({ triggerType }) => triggerType).toSorted()).toEqual([0, 1, 1]);
  });

  test('does not give back what was expunged, nor anything of an application that was deleted', async () => {
    const target = await newTarget(tenant);
    const id = await send(target, { n: 1 });
    await untilArchived(target, 2);
    await tenant.svix.message.expungeContent(target.appId, id);
    await eventually('the expunged row', async () => (await query(target, '--id', id)).find((row) => row.expunged_at));
    await forgetMessage(refOf(target, id));
    const of = ['--app', target.appId, '--since', '1h'];
    await expect(opsJson('archive', 'restore', ...of)).resolves.toMatchObject({ restored: 0, withoutPayload: 1 });
    await tenant.svix.application.delete(target.appId);
    await expect(ops('archive', 'restore', ...of)).resolves.toMatchObject({
      ...{ exitCode: 1, stderr: expect.stringContaining('was deleted') },
    });
  });

  test('gives back a large payload too, when table and bucket have it no more, and not once it was expunged', async () => {
    const target = await newTarget(tenant);
    const noise = Array.from({ length: 3_000 }, () => crypto.randomUUID()).join('');
    const [id, other] = [await send(target, { noise, n: 1.5 }), await send(target, { noise, n: 2.5 })];
    await untilReceived(target, 2);
    const rows = await untilArchived(target, 4);
    expect(rows.find((row) => row.id === id)?.text === JSON.stringify({ noise, n: 1.5 })).toBe(true);
    await compactArchive();
    expect(await query(target, '--with-content')).toEqual(rows);
    for (const one of [id, other]) await forgetMessage(refOf(target, one));
    for (const one of [id, other]) await forgetPayload(target, one);
    const of = ['--app', target.appId, '--since', '1h'];

    await expect(opsJson('archive', 'restore', ...of)).resolves.toMatchObject({ restored: 2, withoutPayload: 0 });
    await opsJson('archive', 'replay', ...of, '--endpoint', target.endpointId);
    const [first, second, ...again] = await untilReceived(target, 4);
    const bodies = (requests: typeof again) => requests.map(({ body }) => body.toString()).toSorted();
    expect(bodies(again).every((body, n) => body === bodies([first, second].flatMap((one) => one ?? []))[n])).toBe(
      true,
    );

    expect(await contentObjectsOf(target.appId)).toHaveLength(2);
    await tenant.svix.message.expungeContent(target.appId, id);
    await eventually('an archive without the one', async () => {
      await compactArchive();
      return (await contentObjectsOf(target.appId)).length === 1 ? true : undefined;
    });
    expect(await contentObjectsOf(target.appId)).toEqual([`content/${target.appId}/${other}`]);
    const dry = () => opsJson('archive', 'restore', ...of, '--dry-run');
    await expect(dry()).resolves.toEqual({ matched: 2, withoutContent: 1 });
    await tenant.svix.application.delete(target.appId);
    const left = (await query(target, '--id', other, '--kind', 'message', '--with-content'))[0];
    expect(left?.text).toBe('(unreadable: the application was deleted)');
  });

  /** As the lifecycle of the bucket does. */
  const forgetPayload = async (target: Target, messageId: string) =>
    new S3Client({ ...clientOptions(), forcePathStyle: true }).send(
      new DeleteObjectCommand({
        Bucket: await contractValue('bucket/payloads/name'),
        Key: payloadObjectKey(refOf(target, messageId)),
      }),
    );
});
