import { EXIT_USAGE, Failure } from '../toolchain/failure.mjs';
import type { Runner } from './runners.ts';

/** The rows with the runners that are named, separated by commas; all of them when none is. */
export const chosenRows = (
  rows: readonly (readonly Runner[])[],
  only: string | undefined,
): readonly (readonly Runner[])[] => {
  if (only === undefined) return rows;
  const names = only.split(',').map((name) => name.trim());
  const known = rows.flat().map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Failure(`There is no runner '${unknown}': the runners are ${known.join(', ')}.`, {
      exitCode: EXIT_USAGE,
    });
  }
  return rows.map((row) => row.filter(({ name }) => names.includes(name)));
};
