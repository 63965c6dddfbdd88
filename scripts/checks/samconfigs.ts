import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { samconfigFile, samconfigOf } from '../samconfig.ts';
import { ROOT } from '../toolchain/folders.mjs';
import type { Report } from './finding.ts';

/** Every samconfig.toml is what `npm run samconfig` writes. An import that nobody exports is the contract's finding. */
export const checkSamconfigs = (
  templates: readonly string[],
  write: (template: string) => string = samconfigOf,
): Report => ({
  findings: templates.flatMap((template) => {
    const file = samconfigFile(template);
    try {
      const stands = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
      if (stands === write(template)) return [];
      return [
        {
          file: relative(ROOT, file),
          reason: `is ${stands === undefined ? 'missing' : 'stale'}: run \`npm run samconfig\``,
        },
      ];
    } catch (error) {
      return [{ file: relative(ROOT, file), reason: `cannot be written: ${(error as Error).message}` }];
    }
  }),
});
