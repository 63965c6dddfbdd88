/** A half-open range of a text. */
type Range = { readonly start: number; readonly end: number };

/**
 * The exact text of a top-level member of a JSON object, or `undefined` when it has none. A parsed and printed payload is
 * another payload (1.50 becomes 1.5, big integers lose digits, integer-like keys move to the front), so what is
 * delivered is cut out of the request as it was posted. Of repeated members the last one counts, as for JSON.parse.
 * `text` must be JSON already known to parse to an object.
 */
export const memberText = (text: string, names: readonly string[]): string | undefined => {
  let found: Range | undefined;
  let at = skipSpace(text, text.indexOf('{') + 1);
  while (text[at] === '"') {
    const nameEnd = endOfString(text, at);
    const name = JSON.parse(text.slice(at, nameEnd)) as string;
    const start = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = endOfValue(text, start);
    if (names.includes(name)) found = { start, end };
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return found === undefined ? undefined : text.slice(found.start, found.end);
};

/** The exact texts of a JSON array's elements. `text` must be JSON already known to parse to an array. */
export const elementTexts = (text: string): readonly string[] => {
  const elements: string[] = [];
  let at = skipSpace(text, text.indexOf('[') + 1);
  while (text[at] !== ']') {
    const end = endOfValue(text, at);
    elements.push(text.slice(at, end));
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return elements;
};

const skipSpace = (text: string, from: number): number => {
  let at = from;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at += 1;
  return at;
};

/** The index behind the closing quote of the string that begins at `from`. */
const endOfString = (text: string, from: number): number => {
  let at = from + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
};

const endOfValue = (text: string, from: number): number => {
  if (text[from] === '"') return endOfString(text, from);
  if (text[from] === '{' || text[from] === '[') return endOfNesting(text, from);
  let at = from;
  while (at < text.length && !/[,}\]\s]/.test(text[at] ?? '')) at += 1;
  return at;
};

const endOfNesting = (text: string, from: number): number => {
  let depth = 0;
  let at = from;
  do {
    const character = text[at];
    if (character === '"') {
      at = endOfString(text, at);
      continue;
    }
    if (character === '{' || character === '[') depth += 1;
    if (character === '}' || character === ']') depth -= 1;
    at += 1;
  } while (depth > 0);
  return at;
};
