import { gzipSync } from 'node:zlib';
import { DamagedFile } from '../domain/damaged-file.ts';
import type { ImportBucket } from '../domain/import-bucket.fake.ts';
import type { OpenFile } from '../domain/take-stretch.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = async ({ chunks }: OpenFile): Promise<string> => {
  const found: Uint8Array[] = [];
  for await (const chunk of chunks) found.push(chunk);
  return Buffer.concat(found).toString('utf8');
};

/** The promises of every bucket of files. Each test has files of its own. */
export const importedObjectsContract = (makeBucket: () => Promise<ImportBucket>): void => {
  /** Names that are no file's of events, so that nobody imports them. */
  const setUp = async (ending = '') => ({
    bucket: await makeBucket(),
    key: `contract/${crypto.randomUUID()}${ending}`,
  });
  const put = async (bucket: ImportBucket, key: string, content: Uint8Array) => {
    await bucket.put(key, content);
    const file = await bucket.findFile(key);
    if (file === undefined) throw new Error('it was put and is not there');
    return file;
  };
  const open = async (...[bucket, file, offset]: [ImportBucket, Parameters<ImportBucket['open']>[0], number]) => {
    const opened = await bucket.open(file, offset);
    if (typeof opened === 'string') throw new Error(opened);
    return opened;
  };

  test('a file has a size, a tag of its content and a version of each time that it is put', async () => {
    const { bucket, key } = await setUp();
    await expect(bucket.findFile(key)).resolves.toBeUndefined();
    const first = await put(bucket, key, bytesOf('one'));
    expect(first).toMatchObject({ file: key, bytes: 3 });
    const again = await put(bucket, key, bytesOf('one'));
    expect(again.etag).toBe(first.etag);
    expect(again.version).not.toBe(first.version);
    expect((await put(bucket, key, bytesOf('two'))).etag).not.toBe(first.etag);
  });

  test.each(['', '.gz'])('a text is read from any byte on (%s)', async (ending) => {
    const { bucket, key } = await setUp(ending);
    const text = 'line one\nline two €\n'.repeat(5_000);
    const bytes = Buffer.from(text);
    const file = await put(bucket, key, ending === '' ? bytes : gzipSync(bytes));
    for (const offset of [0, 1, 70_001, bytes.length - 1, bytes.length]) {
      const opened = await open(bucket, file, offset);
      expect(await textOf(opened)).toBe(bytes.subarray(offset).toString('utf8'));
      expect(opened.read()).toBe(file.bytes);
    }
  });

  test.each(['', '.gz'])('a text that is not read to its end is let go of (%s)', async (ending) => {
    const { bucket, key } = await setUp(ending);
    const bytes = Buffer.from('line\n'.repeat(300_000));
    const file = await put(bucket, key, ending === '' ? bytes : gzipSync(bytes));
    for await (const chunk of (await open(bucket, file, 0)).chunks) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect((await textOf(await open(bucket, file, 0))).length).toBe(bytes.length);
  });

  test('a file that is another one by now, or gone, is not read', async () => {
    const { bucket, key } = await setUp();
    const file = await put(bucket, key, bytesOf('one'));
    await bucket.put(key, bytesOf('two'));
    await expect(bucket.open(file, 0)).resolves.toBe('file-changed');
    await bucket.remove(key);
    await expect(bucket.open(file, 0)).resolves.toBe('file-gone');
  });

  test.each([
    ['is none', bytesOf('plain text')],
    ['ends too early', gzipSync(Buffer.from('line\n'.repeat(300))).subarray(0, 20)],
  ])('a packed file that %s is told as damaged', async (_title, content) => {
    const { bucket, key } = await setUp('.gz');
    const file = await put(bucket, key, content);
    await expect(open(bucket, file, 0).then(textOf)).rejects.toThrow(DamagedFile);
  });

  test('a list of refused lines is replaced as it was seen, by one at a time', async () => {
    const { bucket, key } = await setUp();
    const none = await bucket.readRejected(key);
    expect(none).toEqual({ text: '' });
    const first = await bucket.writeRejected(key, 'one\n', none);
    await expect(bucket.writeRejected(key, 'other\n', none)).resolves.toBe('lost-race');
    const seen = await bucket.readRejected(key);
    expect(seen).toEqual({ text: 'one\n', etag: (first as { etag: string }).etag });
    await bucket.writeRejected(key, 'one\ntwo\n', seen);
    await expect(bucket.writeRejected(key, 'one\nthree\n', seen)).resolves.toBe('lost-race');
    await expect(bucket.readRejected(key)).resolves.toMatchObject({ text: 'one\ntwo\n' });
    await expect(bucket.readRejected(`${key}.other`)).resolves.toEqual({ text: '' });
  });

  test('a report lies where it was put, and a later one in its place', async () => {
    const { bucket, key } = await setUp();
    await bucket.putReport(`${key}.report.json`, { accepted: 1 });
    await bucket.putReport(`${key}.report.json`, { accepted: 2 });
    expect(JSON.parse((await bucket.textOf(`${key}.report.json`)) ?? '')).toEqual({ accepted: 2 });
  });
};
