import { contentPlace, type RawName } from '@fanfare/core/archive/archive-names';
import { NONCE_BYTES, unseal } from '@fanfare/core/crypto/sealed';
import type { ArchiveRow } from '@fanfare/events/archive-row';
import { type ArchivedItem, type ArchivePorts, archive } from './archive.ts';
import { application, endpoint, messageId, NOW_MS } from './changes.fake.ts';
import { sortable } from './sequence.ts';

const key = { number: 1, bytes: new Uint8Array(32).fill(7) };
const far = NOW_MS / 1000 + 90 * 86_400;

const message = (sequence: number, record: object = {}): ArchivedItem => ({
  kind: 'message',
  ref: { ...application, messageId: messageId() },
  record: {
    ...{ kind: 'message', eventType: 'a', payload: new TextEncoder().encode('{"n":1}'), encoding: 'identity' },
    ...{ acceptedAt: NOW_MS, appVersion: 3, correlationId: 'c', payloadExpiresAt: far, expiresAt: far },
    ...record,
  },
  sequence: sortable(String(sequence)),
  writtenAt: NOW_MS + sequence,
});
const attempt = (sequence: number, record: object = {}): ArchivedItem => ({
  kind: 'attempt',
  ref: { ...endpoint(), messageId: messageId(), attempt: 1 },
  record: {
    ...{ kind: 'attempt', id: messageId().replace('msg', 'atmpt'), attempt: 1, trigger: 'scheduled', succeeded: true },
    ...{ outcome: 'answered', responseStatusCode: 200, response: 'thank you', responseDurationMs: 3 },
    ...{ url: 'https://example.com/', eventType: 'a', attemptedAt: NOW_MS + 5, expiresAt: far },
    ...record,
  },
  sequence: sortable(String(sequence)),
  writtenAt: NOW_MS + sequence,
});

const world = (archiveKey: typeof key | undefined = key) => {
  const objects = new Map<string, readonly ArchiveRow[]>();
  let nonces = 0;
  const ports: ArchivePorts = {
    archiveKeyOf: async () => archiveKey,
    putRows: async (name: RawName, rows) => void objects.set(JSON.stringify(name), rows),
    nonce: () => {
      nonces += 1;
      return new Uint8Array(NONCE_BYTES).fill(nonces);
    },
  };
  return { ports, objects, rows: () => [...objects.values()].flat() };
};
const opened = (row: ArchiveRow | undefined) =>
  row?.content &&
  new TextDecoder().decode(unseal(new Uint8Array(Buffer.from(row.content, 'base64')), contentPlace(row), key));

test('a payload that an object has is not archived, and its row says how long it is', async () => {
  const { ports, rows } = world();
  await archive(
    [message(1, { payload: undefined, payloadObject: { bytes: 300, packedBytes: 200 } })],
    'shard-1',
    ports,
  );
  expect(rows()).toEqual([expect.objectContaining({ id: messageId(), object_bytes: 300 })]);
  expect(rows()[0]).not.toHaveProperty('content');
});

test('what a batch tells of messages and attempts is one object, whose content opens with the key of its application', async () => {
  const { ports, rows, objects } = world();
  await expect(archive([message(1), attempt(2)], 'shard-1', ports)).resolves.toBe(2);
  expect(objects.size).toBe(1);
  expect(rows()).toEqual([
    expect.objectContaining({ kind: 'message', app_id: application.appId, id: messageId(), accepted_at: NOW_MS }),
    expect.objectContaining({ kind: 'attempt', msg_id: messageId(), status_code: 200, attempted_at: NOW_MS + 5 }),
  ]);
  expect(rows().map(opened)).toEqual(['{"n":1}', 'thank you']);
  expect(JSON.stringify(rows())).not.toMatch(/thank you|"n":1/);
});

test('a batch that comes again replaces its object', async () => {
  const { ports, objects } = world();
  for (let time = 0; time < 2; time += 1) await archive([message(1), attempt(2)], 'shard-1', ports);
  expect(objects.size).toBe(1);
  await archive([message(1), attempt(2)], 'shard-2', ports);
  expect(objects.size).toBe(2);
});

test('what was expunged is a row without content that says when', async () => {
  const { ports, rows } = world();
  const gone = { expungedAt: NOW_MS + 9, payload: new Uint8Array(), response: 'EXPUNGED' };
  await archive([message(1, gone), attempt(2, gone)], 'shard-1', ports);
  for (const row of rows()) {
    expect(row).toMatchObject({ expunged_at: NOW_MS + 9 });
    expect(row).not.toHaveProperty('content');
  }
});

test('a payload that is to be kept for less long than its message is not archived', async () => {
  const { ports, rows } = world();
  await archive([message(1, { payloadExpiresAt: far - 1 })], 'shard-1', ports);
  expect(rows()).toEqual([expect.not.objectContaining({ content: expect.anything() })]);
});

test('nothing is sealed for an application that was deleted', async () => {
  const ports = { ...world().ports, archiveKeyOf: async () => undefined };
  const written: ArchiveRow[] = [];
  await archive([message(1)], 'shard-1', { ...ports, putRows: async (_name, rows) => void written.push(...rows) });
  expect(written).toEqual([expect.not.objectContaining({ content: expect.anything() })]);
});

test('a batch without messages and attempts writes nothing', async () => {
  const { ports, objects } = world();
  await expect(archive([], 'shard-1', ports)).resolves.toBe(0);
  expect(objects.size).toBe(0);
});
