import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { lockedProviders } from './locked-providers.ts';
import { findProviderMirror } from './provider-mirror.ts';

const PLATFORM = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
const AWS = { source: 'registry.terraform.io/hashicorp/aws', version: '5.100.0' };

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fanfare-mirror-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const mirrorWith = (name: string, ...version: string[]): string => {
  mkdirSync(join(folder, name, AWS.source, ...version), { recursive: true });
  return join(folder, name);
};

const find = (wanted: string | undefined, ...candidates: string[]) =>
  findProviderMirror([AWS], wanted, () => candidates);

describe('a provider mirror', () => {
  test('is a folder that holds the locked version for this platform, unpacked', () => {
    const other = mirrorWith('other', '5.99.0', PLATFORM);
    const right = mirrorWith('right', '5.100.0', PLATFORM);
    expect(find(undefined, other, right)).toBe(right);
  });

  test('may hold the version packed', () => {
    const packed = mirrorWith('packed');
    writeFileSync(join(packed, AWS.source, `terraform-provider-aws_5.100.0_${PLATFORM}.zip`), '');
    expect(find(undefined, packed)).toBe(packed);
  });

  test('for another platform is none', () => {
    expect(find(undefined, mirrorWith('foreign', '5.100.0', 'plan9_mips'))).toBeUndefined();
  });

  test('that is named is taken before those that are found', () => {
    const found = mirrorWith('found', '5.100.0', PLATFORM);
    const named = mirrorWith('named', '5.100.0', PLATFORM);
    expect(find(named, found)).toBe(named);
  });

  test('that is named and does not hold the version is an error', () => {
    expect(() => find(folder)).toThrow(/does not hold registry\.terraform\.io\/hashicorp\/aws 5\.100\.0/);
  });

  test('is passed over when the registry is asked for', () => {
    expect(find('registry', mirrorWith('found', '5.100.0', PLATFORM))).toBeUndefined();
  });
});

test('the locked providers are read from the lock file', () => {
  const file = join(folder, 'lock.hcl');
  const block = (source: string, version: string) =>
    `provider "${source}" {\n  version     = "${version}"\n  hashes = [\n  ]\n}\n`;
  writeFileSync(file, `# a comment\n\n${block(AWS.source, AWS.version)}\n${block('example.com/acme/time', '1.0.0')}`);
  expect(lockedProviders(file)).toEqual([AWS, { source: 'example.com/acme/time', version: '1.0.0' }]);
});
