import { readFileSync } from 'node:fs';
import { VERSION } from './version.ts';

test('the version that receivers see is the version of the release', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(VERSION).toBe(manifest.version);
});
