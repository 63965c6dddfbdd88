import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from '../toolchain/folders.mjs';
import { biomeFindings } from './biome.ts';

const importing = (from: string): string => `import { it } from '${from}';\n\nexport const again = it;\n`;

const FORBIDDEN = [
  ['the domain imports no AWS client', 'services/a/src/domain/decide.ts', '@aws-sdk/client-dynamodb'],
  ['the domain imports no AWS library', 'services/b/src/domain/decide.ts', '@aws-lambda-powertools/logger'],
  ['the domain imports no adapter', 'services/c/src/domain/decide.ts', '../adapters/table.ts'],
  ['the domain imports no handler', 'services/d/src/domain/decide.ts', '../handlers/decide.ts'],
  [
    'the domain imports nothing of another service',
    'services/e/src/domain/decide.ts',
    '../../../other/src/domain/x.ts',
  ],
  ['an adapter imports no handler', 'services/f/src/adapters/table.ts', '../handlers/decide.ts'],
  [
    'a handler imports nothing of another service',
    'services/g/src/handlers/decide.ts',
    '../../../other/src/domain/x.ts',
  ],
  ['what every domain shares imports no AWS client', 'packages/core/src/money.ts', '@aws-sdk/client-sqs'],
] as const;

const ALLOWED = [
  ['a handler imports its domain', 'services/h/src/handlers/decide.ts', '../domain/decide.ts'],
  ['an adapter imports AWS', 'services/i/src/adapters/table.ts', '@aws-sdk/lib-dynamodb'],
  ['the domain imports what is shared', 'services/j/src/domain/decide.ts', '@fanfare/core/result'],
  ['a test of the domain imports a fake', 'services/k/src/domain/decide.test.ts', '../adapters/table.fake.ts'],
] as const;

const CONFIGURED = 'services/l/src/domain/configuration.ts';
let found: readonly string[] = [];

/** A copy of biome.json over files that stand where such files would stand in the repository. */
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fanfare-biome-'));
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  try {
    cpSync(join(ROOT, 'biome.json'), join(folder, 'biome.json'));
    for (const [, file, from] of [...FORBIDDEN, ...ALLOWED]) write(file, importing(from));
    write(CONFIGURED, 'export const table = (): string | undefined => process.env.TABLE_NAME;\n');
    const findings = await biomeFindings(folder, new AbortController().signal);
    found = findings.map(({ file, reason }) => `${file} ${reason}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

const findingsIn = (file: string): readonly string[] => found.filter((line) => line.startsWith(`${file}:`));

describe('the import rules', () => {
  test.each(FORBIDDEN)('%s', (_title, file) => {
    expect(findingsIn(file)).toEqual([expect.stringContaining(`${file}:1 lint/style/noRestrictedImports`)]);
  });

  test.each(ALLOWED)('%s without a finding', (_title, file) => {
    expect(findingsIn(file)).toEqual([]);
  });

  test('the domain reads no environment variable', () => {
    expect(findingsIn(CONFIGURED)).toEqual([expect.stringContaining('lint/style/noProcessEnv')]);
  });
});
