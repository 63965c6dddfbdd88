import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildFunction } from './build-function.ts';

const folder = mkdtempSync(join(tmpdir(), 'fanfare-build-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a function that may need large payloads starts without the client of S3, which stands beside it', async () => {
  await expect(buildFunction('ingest', 'post-message', folder)).resolves.toEqual(['index.mjs']);
  expect(readdirSync(folder).toSorted()).toEqual(['index.mjs', 'open-payloads.lazy.mjs']);
  const text = (file: string) => readFileSync(join(folder, file), 'utf8');
  expect(text('index.mjs')).toContain('import("./open-payloads.lazy.mjs")');
  expect(text('index.mjs')).not.toContain('com.amazonaws.s3');
  expect(text('open-payloads.lazy.mjs')).toContain('com.amazonaws.s3');
}, 60_000);
