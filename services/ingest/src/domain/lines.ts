const NEWLINE = 0x0a;

/** Where a walk through a text stands: before the byte `offset`, behind as many lines. */
export type Place = { readonly offset: number; readonly line: number };

/** A line of a text. */
export type Line = {
  /** Its number, from 1 on, and where it begins. */
  readonly number: number;
  readonly offset: number;
  /** Where the next one begins. */
  readonly end: number;
  /** Without the line's end. Absent where the line is longer than is taken. */
  readonly bytes?: Uint8Array;
};

/** What goes on for so long without a line's end is no text of lines. */
export class EndlessLine extends Error {
  override readonly name = 'EndlessLine';
}

/** `kept`: the longest line that is taken. `passed`: the longest one that others may stand behind. */
export type LineLimits = { readonly kept: number; readonly passed: number };

/**
 * The lines of a text from a place on, that end with each chunk of it, which may be none. The last one needs no end. Of a line that
 * is longer than what is kept nothing is, so that no text takes more memory than that.
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  from: Place,
  limits: LineLimits,
): AsyncGenerator<readonly Line[]> {
  let { offset, line: number } = from;
  let held: Uint8Array[] = [];
  let length = 0;

  const hold = (bytes: Uint8Array): void => {
    length += bytes.length;
    if (length <= limits.kept) held.push(bytes);
    else held = [];
  };
  const endLine = (endBytes: number): Line => {
    number += 1;
    const end = offset + length + endBytes;
    const [whole = new Uint8Array()] = held.length === 1 ? held : [Buffer.concat(held)];
    const line = { number, offset, end, ...(length > limits.kept ? {} : { bytes: whole }) };
    offset = end;
    held = [];
    length = 0;
    return line;
  };

  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let start = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, start)) {
      hold(chunk.subarray(start, at));
      lines.push(endLine(1));
      start = at + 1;
    }
    if (start < chunk.length) hold(chunk.subarray(start));
    if (length > limits.passed) throw new EndlessLine(`it is longer than ${limits.passed} bytes`);
    yield lines;
  }
  if (length > 0) yield [endLine(0)];
}

/**
 * The same lines, so many or so many bytes of them at a time, and none together with those behind a line whose number is a multiple
 * of `block`. A line that is larger by itself comes alone. None come where a page has none, for whoever waits for them to look around.
 */
export async function* linesTogether(
  pages: AsyncIterable<readonly Line[]>,
  { most, bytes, block }: { readonly most: number; readonly bytes: number; readonly block: number },
): AsyncGenerator<readonly Line[]> {
  let together: Line[] = [];
  let size = 0;
  const isEnd = (length: number): boolean =>
    together.length === most || size + length > bytes || (together.at(-1)?.number ?? 0) % block === 0;
  for await (const page of pages) {
    if (page.length === 0) yield [];
    for (const line of page) {
      const length = line.bytes?.length ?? 0;
      if (together.length > 0 && isEnd(length)) {
        yield together;
        together = [];
        size = 0;
      }
      together.push(line);
      size += length;
    }
  }
  if (together.length > 0) yield together;
}
