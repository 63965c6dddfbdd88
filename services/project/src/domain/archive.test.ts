import { contentPlace, type RawName } from '@fanfare/core/archive/archive-names';
import { NONCE_BYTES, unseal } from '@fanfare/core/crypto/sealed';
import { fakePayloadStore } from '@fanfare/core/payload-object.fake';
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
  const contents = new Map<string, Uint8Array>();
  const payloads = fakePayloadStore();
  const order: string[] = [];
  let nonces = 0;
  const ports: ArchivePorts = {
    archiveKeyOf: async () => archiveKey,
    readPayload: payloads.read,
    putContent: async ({ id }, sealed) => {
      order.push('content');
      contents.set(id, sealed);
    },
    putRows: async (name: RawName, rows) => {
      order.push('rows');
      objects.set(JSON.stringify(name), rows);
    },
    nonce: () => {
      nonces += 1;
      return new Uint8Array(NONCE_BYTES).fill(nonces);
    },
  };
  return { ports, objects, contents, payloads, order, rows: () => [...objects.values()].flat() };
};
const opened = (row: ArchiveRow | undefined) =>
  row?.content &&
  new TextDecoder().decode(unseal(new Uint8Array(Buffer.from(row.content, 'base64')), contentPlace(row), key));

describe('a payload that an object has', () => {
  const packed = new TextEncoder().encode('{"large":1}');
  const large = (sequence: number, record: object = {}) =>
    message(sequence, { payload: undefined, payloadObject: { bytes: 300, packedBytes: packed.length }, ...record });
  const ref = { ...application, messageId: messageId() };

  test('stands sealed in an object of its own before the row that says so, and its row tells how long it is', async () => {
    const { ports, rows, contents, payloads, order } = world();
    await payloads.keep(ref, packed);
    await archive([large(1)], 'shard-1', ports);
    const [row] = rows();
    expect(row).toMatchObject({ id: messageId(), object_bytes: 300, content_object: true });
    expect(row).not.toHaveProperty('content');
    const sealed = contents.get(messageId()) ?? new Uint8Array();
    expect(Buffer.from(sealed).toString()).not.toContain('large');
    expect(unseal(sealed, contentPlace(row as ArchiveRow), key)).toEqual(packed);
    expect(order).toEqual(['content', 'rows']);
  });

  test('is read once and written once for a batch, a few at a time, and a repeat replaces it', async () => {
    const { ports, contents, payloads } = world();
    await payloads.keep(ref, packed);
    let [open, most] = [0, 0];
    const counting: ArchivePorts = {
      ...ports,
      readPayload: async (...given) => {
        open += 1;
        most = Math.max(most, open);
        await new Promise(setImmediate);
        open -= 1;
        return ports.readPayload(...given);
      },
    };
    const batch = Array.from({ length: 100 }, (_, n) => large(n));
    for (let time = 0; time < 2; time += 1) await archive(batch, 'shard-1', counting);
    expect(most).toBe(4);
    expect(contents.size).toBe(1);
  });

  test.each([
    ['is gone from it', large(1), false],
    ['was expunged', message(1, { expungedAt: NOW_MS, payload: new Uint8Array() }), true],
    ['is to be kept for less long than its message', large(1, { payloadExpiresAt: far - 1 }), true],
  ])('and %s is not archived, and its row is', async (_title, item, isThere) => {
    const { ports, rows, contents, payloads } = world();
    if (isThere) await payloads.keep(ref, packed);
    await expect(archive([item], 'shard-1', ports)).resolves.toBe(1);
    expect(contents.size).toBe(0);
    expect(rows()[0]).not.toHaveProperty('content_object');
  });

  test('is not read for an application that was deleted', async () => {
    const { ports, rows, contents } = world();
    const gone: ArchivePorts = {
      ...ports,
      archiveKeyOf: async () => undefined,
      readPayload: () => Promise.reject(new Error('it was read')),
    };
    await archive([large(1)], 'shard-1', gone);
    expect(contents.size).toBe(0);
    expect(rows()[0]).not.toHaveProperty('content_object');
  });

  test('and cannot be read fails the batch, which writes no rows then and comes again', async () => {
    const { ports, objects } = world();
    const throttled: ArchivePorts = { ...ports, readPayload: () => Promise.reject(new Error('slow down')) };
    await expect(archive([message(1), large(2)], 'shard-1', throttled)).rejects.toThrow('slow down');
    expect(objects.size).toBe(0);
  });
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

test('a row has the labels of its message, and no fields for labels that are not there', async () => {
  const { ports, rows } = world();
  const labels = { channels: ['eu'], tags: ['user_7'] };
  await archive([message(1, labels), attempt(2, labels)], 'shard-1', ports);
  for (const row of rows()) expect(row).toMatchObject(labels);
  const bare = world();
  await archive([message(1), attempt(2)], 'shard-1', bare.ports);
  for (const row of bare.rows()) expect(Object.keys(row)).not.toEqual(expect.arrayContaining(['tags']));
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
