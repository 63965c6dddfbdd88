import { isUtf8 } from 'node:buffer';
import type { LostRace } from '@fanfare/core/contended';
import type { ImportTask } from '@fanfare/events/import-task';
import { rejectedKey } from './imported-file.ts';
import type { Line } from './lines.ts';
import type { Reasons } from './reasons.ts';

/** A part as it was read or written last. `etag` is absent where there is none. */
export type SeenPart = { readonly text: string; readonly etag?: string };

/** What this use case needs from the outside: objects beside a file. */
export type RejectedLinesPorts = {
  readonly readRejected: (key: string) => Promise<SeenPart>;
  /** Replaces a part as it was seen. Answers its new tag. */
  readonly writeRejected: (key: string, text: string, seen: SeenPart) => Promise<{ readonly etag: string } | LostRace>;
};

/** A part is written whole for each line that is added, so it ends before that takes long. */
const PART_LIMIT_BYTES = 4 * 1024 * 1024;
const LONGEST_TEXT_BYTES = 16 * 1024;

export type RejectedLine = { readonly line: Line; readonly reasons: Reasons };

/**
 * Keeps what was refused of a file beside it: JSON lines with number, offset and reasons, and the line itself unless it is long.
 * They stand before the task is moved past them. What a stretch wrote that died before it moved is taken out again.
 */
export const rejectedLines = async (
  task: Pick<ImportTask, 'id' | 'file' | 'offset' | 'rejectedParts'>,
  { readRejected, writeRejected }: RejectedLinesPorts,
) => {
  let part = task.rejectedParts;
  let seen: SeenPart = part === 0 ? { text: '' } : await readRejected(rejectedKey(task, part));
  let rows = rowsBefore(task.offset, seen.text);

  /** Answers how many parts there are. */
  return async (rejected: readonly RejectedLine[]): Promise<number | LostRace> => {
    if (rejected.length === 0) return part;
    const added = rejected.map(rowOf).join('');
    const isFull = part === 0 || rows.length + added.length > PART_LIMIT_BYTES;
    const next = isFull ? part + 1 : part;
    const before = isFull ? await readRejected(rejectedKey(task, next)) : seen;
    const text = isFull ? added : rows + added;
    const written = await writeRejected(rejectedKey(task, next), text, before);
    if (written === 'lost-race') return written;
    [part, rows, seen] = [next, text, { text, ...written }];
    return part;
  };
};

const rowsBefore = (offset: number, text: string): string =>
  text
    .split('\n')
    .filter((row) => row !== '' && (JSON.parse(row) as { offset: number }).offset < offset)
    .map((row) => `${row}\n`)
    .join('');

const rowOf = ({ line: { number, offset, bytes }, reasons }: RejectedLine): string => {
  const isShown = bytes !== undefined && bytes.length <= LONGEST_TEXT_BYTES && isUtf8(bytes);
  const text = isShown ? { text: new TextDecoder().decode(bytes) } : {};
  return `${JSON.stringify({ line: number, offset, reasons, ...text })}\n`;
};
