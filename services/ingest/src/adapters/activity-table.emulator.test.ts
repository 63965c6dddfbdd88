import { randomBytes } from 'node:crypto';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { mintId, RANDOM_BYTES } from '@fanfare/core/ids';
import { type ActivityRef, activityKey } from '@fanfare/core/keys';
import { contractValue, testTableClient } from '../../../../tests/environment-under-test.ts';
import { activityTable } from './activity-table.ts';

const client = testTableClient();
const newRef = (): ActivityRef => ({
  orgId: mintId('org', Date.now(), randomBytes(RANDOM_BYTES)),
  appId: mintId('app', Date.now(), randomBytes(RANDOM_BYTES)),
  hour: 500_000,
  messageHour: 500_000,
});
const stored = async (ref: ActivityRef) =>
  (await client.send(new GetCommand({ TableName: await contractValue('table/name'), Key: activityKey(ref) }))).Item;
const mark = { kind: 'activity', expiresAt: 4_000_000_000 } as const;

describe('the table of activity', () => {
  test('keeps the first mark, and a repeat is no fault', async () => {
    const write = activityTable(client, await contractValue('table/name'));
    const ref = newRef();
    await write(ref, mark);
    await write(ref, { ...mark, expiresAt: 4_000_000_001 });
    expect(await stored(ref)).toEqual({ ...activityKey(ref), ...mark });
  });

  test('keeps the last late mark, in whichever order they come, and no other mark takes it away', async () => {
    const write = activityTable(client, await contractValue('table/name'));
    const ref = newRef();
    await write(ref, mark);
    await write(ref, { ...mark, lateAt: 20 });
    await write(ref, { ...mark, lateAt: 10 });
    await write(ref, mark);
    expect(await stored(ref)).toMatchObject({ lateAt: 20 });
  });
});
