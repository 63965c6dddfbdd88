/** A packed file that is damaged, or none. Its text up to there has been read. */
export class DamagedFile extends Error {
  override readonly name = 'DamagedFile';
}

/** By its name: the code that reads files is bundled apart, with a class of its own. */
export const isDamagedFile = (error: unknown): boolean => error instanceof Error && error.name === 'DamagedFile';
