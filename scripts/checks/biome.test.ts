import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from '../toolchain/folders.mjs';
import { biomeFindings } from './biome.ts';

/** A copy of biome.json over one file, as if that file stood in the repository. */
const findingsIn = async (file: string, text: string): Promise<readonly string[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'fanfare-biome-'));
  try {
    cpSync(join(ROOT, 'biome.json'), join(folder, 'biome.json'));
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
    return (await biomeFindings(folder, new AbortController().signal)).map((found) => `${found.file} ${found.reason}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const importing = (from: string): string => `import { it } from '${from}';\n\nexport const again = it;\n`;
const RULE = 'lint/style/noRestrictedImports';

describe('the import rules', () => {
  test.each([
    ['the domain imports no AWS client', 'services/probe/src/domain/decide.ts', '@aws-sdk/client-dynamodb'],
    ['the domain imports no AWS library', 'services/probe/src/domain/decide.ts', '@aws-lambda-powertools/logger'],
    ['the domain imports no adapter', 'services/probe/src/domain/decide.ts', '../adapters/table.ts'],
    ['the domain imports no handler', 'services/probe/src/domain/decide.ts', '../handlers/decide.ts'],
    ['an adapter imports no handler', 'services/probe/src/adapters/table.ts', '../handlers/decide.ts'],
    [
      'a handler imports nothing of another service',
      'services/probe/src/handlers/decide.ts',
      '../../../other/src/domain/x.ts',
    ],
    [
      'the domain imports nothing of another service',
      'services/probe/src/domain/decide.ts',
      '../../../other/src/domain/x.ts',
    ],
    ['what every domain shares imports no AWS client', 'packages/core/src/money.ts', '@aws-sdk/client-sqs'],
  ])('%s', async (_title, file, from) => {
    await expect(findingsIn(file, importing(from))).resolves.toEqual([expect.stringContaining(`${file}:1 ${RULE}`)]);
  });

  test('the domain reads no environment variable', async () => {
    const file = 'services/probe/src/domain/decide.ts';
    const text = 'export const table = (): string | undefined => process.env.TABLE_NAME;\n';
    await expect(findingsIn(file, text)).resolves.toEqual([expect.stringContaining('lint/style/noProcessEnv')]);
  });

  test.each([
    ['a handler imports its domain', 'services/probe/src/handlers/decide.ts', '../domain/decide.ts'],
    ['an adapter imports its domain and AWS', 'services/probe/src/adapters/table.ts', '@aws-sdk/lib-dynamodb'],
    ['the domain imports what is shared', 'services/probe/src/domain/decide.ts', '@fanfare/core/result'],
  ])('%s without a finding', async (_title, file, from) => {
    await expect(findingsIn(file, importing(from))).resolves.toEqual([]);
  });
});
