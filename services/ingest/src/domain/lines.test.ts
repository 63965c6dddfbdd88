import fc from 'fast-check';
import { EndlessLine, type Line, linesOf, linesTogether } from './lines.ts';

const START = { offset: 0, line: 0 };

async function* inChunks(text: Uint8Array, bytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length; at += bytes) yield text.subarray(at, at + bytes);
}

const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
};

const read = async (text: string | Uint8Array, from = START, limitBytes = 100, chunkBytes = 5): Promise<Line[]> => {
  const bytes = Buffer.from(text as string).subarray(from.offset);
  return (await all(linesOf(inChunks(bytes, chunkBytes), from, { kept: limitBytes, passed: 1_000 }))).flat();
};
const textsOf = (lines: readonly Line[]) => lines.map(({ bytes }) => bytes && new TextDecoder().decode(bytes));

test('a text is cut at its line ends, whatever its chunks are', async () => {
  const property = async (lines: readonly string[], chunkBytes: number) => {
    const found = await read(lines.map((line) => `${line}\n`).join(''), START, 1_000, chunkBytes);
    expect(textsOf(found)).toEqual(lines);
    expect(found.map(({ number }) => number)).toEqual(lines.map((_, index) => index + 1));
  };
  const line = fc.string({ unit: fc.constantFrom('a', 'é', '€', '\r', ' '), maxLength: 20 });
  await fc.assert(fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 30 }), property));
});

test('the last line needs no end, and a text that ends with one has no line behind it', async () => {
  expect(textsOf(await read('a\nb'))).toEqual(['a', 'b']);
  expect(textsOf(await read('a\nb\n'))).toEqual(['a', 'b']);
  expect(textsOf(await read('a\n\n'))).toEqual(['a', '']);
  expect(await read('')).toEqual([]);
});

test('each line tells where it begins and where the next one does, in bytes', async () => {
  const found = await read('€\nbb\nc');
  expect(found.map(({ offset, end }) => [offset, end])).toEqual([
    [0, 4],
    [4, 7],
    [7, 8],
  ]);
});

test('a text is gone on with behind any of its lines, by offset and number', async () => {
  const text = 'one\ntwo\n\nfour\nfive';
  const whole = await read(text);
  for (const [index, { end, number }] of whole.entries()) {
    expect(await read(text, { offset: end, line: number })).toEqual(whole.slice(index + 1));
  }
});

test('of a line that is too long nothing is kept, and the lines around it come as ever', async () => {
  const found = await read(`a\n${'x'.repeat(11)}\n${'y'.repeat(10)}\n${'z'.repeat(50)}`, START, 10);
  expect(textsOf(found)).toEqual(['a', undefined, 'y'.repeat(10), undefined]);
  expect(found.map(({ offset, end }) => [offset, end])).toEqual([
    [0, 2],
    [2, 14],
    [14, 25],
    [25, 75],
  ]);
});

test('a text that goes on and on without a line end is read no further than is passed over', async () => {
  let read = 0;
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    for (; ; read += 100) yield Buffer.alloc(100, 'x');
  };
  const pages = linesOf(endless(), START, { kept: 10, passed: 1_000 });
  await expect(all(pages)).rejects.toThrow(EndlessLine);
  expect(read).toBe(1_000);
});

test('where a chunk ends no line nothing comes, so that whoever waits for lines can stop waiting', async () => {
  const pages = linesOf(inChunks(Buffer.from('aaaaaa\nb'), 3), START, { kept: 100, passed: 100 });
  const together = await all(linesTogether(pages, { most: 9, bytes: 100, block: 9 }));
  expect(together.map((lines) => textsOf(lines))).toEqual([[], [], ['aaaaaa', 'b']]);
});

test('lines come so many or so many bytes at a time, and none is left out', async () => {
  const sizes = async (text: string, limits: { most: number; bytes: number; block?: number }) => {
    const pages = linesOf(inChunks(Buffer.from(text), 3), START, { kept: 100, passed: 100 });
    return (await all(linesTogether(pages, { block: 100, ...limits })))
      .map(({ length }) => length)
      .filter((length) => length > 0);
  };
  expect(await sizes('a\nb\nc\nd\ne\n', { most: 2, bytes: 100 })).toEqual([2, 2, 1]);
  expect(await sizes('aaa\nbbb\nccccccc\nd\n', { most: 9, bytes: 6 })).toEqual([2, 1, 1]);
  expect(await sizes('a\nb\nc\nd\ne\nf\ng', { most: 2, bytes: 100, block: 3 })).toEqual([2, 1, 2, 1, 1]);
  expect(await sizes('', { most: 2, bytes: 6 })).toEqual([]);
});
