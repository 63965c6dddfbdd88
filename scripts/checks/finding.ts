/** One thing that is wrong, at the place where it is put right. */
export type Finding = {
  /** Relative to the repository's root, with a line where there is one: `template.yaml:12`. */
  readonly file: string;
  readonly reason: string;
};

/** What a check found, and what it tells whether it found something or not. */
export type Report = {
  readonly findings: readonly Finding[];
  readonly notes?: readonly string[];
};

/** One line, so that a terminal, a log search and an editor can each make something of it. */
export const findingLine = ({ file, reason }: Finding): string => `${file}: ${reason.replaceAll(/\s+/g, ' ').trim()}`;
