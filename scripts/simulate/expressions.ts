import type { Item } from './table.ts';

/** What an expression of DynamoDB is given with it. */
export type Given = {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>> | undefined;
};
type Value = (item: Item | undefined, given: Given) => unknown;
export type Test = (item: Item | undefined, given: Given) => boolean;

/** What an update does to an item, which it leaves as it is: the answer is another one. */
export type Change = (item: Item, given: Given) => Item;

const TOKEN = /\s*(<>|<=|>=|[=<>(),+-]|[:#]?\w[\w.#]*)/y;

/** The words of an expression, one after the other. Throws at what is none of those that the adapters write. */
const wordsOf = (text: string) => {
  const words: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const found = TOKEN.exec(text);
    if (found === null) throw notUnderstood(text);
    words.push(found[1] as string);
  }
  let at = 0;
  const peek = (): string | undefined => words[at];
  const take = (): string => {
    const word = words[at];
    if (word === undefined) throw notUnderstood(text);
    at += 1;
    return word;
  };
  const isNext = (word: string): boolean => {
    if (peek() !== word) return false;
    at += 1;
    return true;
  };
  const expect = (word: string): void => {
    if (!isNext(word)) throw notUnderstood(text);
  };
  return { text, peek, take, isNext, expect };
};
type Words = ReturnType<typeof wordsOf>;

const notUnderstood = (text: string): Error => new Error(`not understood: ${text}`);

const path = (word: string): ((item: Item | undefined, given: Given) => unknown) => {
  const parts = word.split('.');
  const nameOf = (part: string, { ExpressionAttributeNames: names }: Given): string =>
    part.startsWith('#') ? (names?.[part] ?? part) : part;
  return (item, given) => {
    let value: unknown = item;
    for (const part of parts) value = (value as Item | undefined)?.[nameOf(part, given)];
    return value;
  };
};

const operand = (word: string): Value => {
  if (!word.startsWith(':')) return path(word);
  return (_item, { ExpressionAttributeValues: values }) => {
    if (values === undefined || !(word in values)) throw new Error(`no value ${word}`);
    return values[word];
  };
};

type Comparable = string | number;
/** An attribute that is not there is unequal to everything, and neither more nor less. */
const COMPARISONS: Readonly<Record<string, (one: unknown, other: unknown) => boolean>> = {
  '=': (one, other) => isSame(one, other),
  '<>': (one, other) => !isSame(one, other),
  '<': (one, other) => one !== undefined && (one as Comparable) < (other as Comparable),
  '<=': (one, other) => one !== undefined && (one as Comparable) <= (other as Comparable),
  '>': (one, other) => one !== undefined && (one as Comparable) > (other as Comparable),
  '>=': (one, other) => one !== undefined && (one as Comparable) >= (other as Comparable),
};
const isSame = (one: unknown, other: unknown): boolean =>
  one === other || (typeof one === 'object' && JSON.stringify(one) === JSON.stringify(other));

/** `OR` of `AND`s of clauses, with brackets and `NOT`. */
const testIn = (words: Words): Test => {
  const any = [allIn(words)];
  while (words.isNext('OR')) any.push(allIn(words));
  return any.length === 1 ? (any[0] as Test) : (item, given) => any.some((test) => test(item, given));
};

const allIn = (words: Words): Test => {
  const all = [clauseIn(words)];
  while (words.isNext('AND')) all.push(clauseIn(words));
  return all.length === 1 ? (all[0] as Test) : (item, given) => all.every((test) => test(item, given));
};

const clauseIn = (words: Words): Test => {
  if (words.isNext('(')) {
    const test = testIn(words);
    words.expect(')');
    return test;
  }
  if (words.isNext('NOT')) {
    const test = clauseIn(words);
    return (item, given) => !test(item, given);
  }
  const first = words.take();
  if (words.isNext('(')) return functionIn(first, words);
  const one = operand(first);
  if (words.isNext('BETWEEN')) {
    const from = operand(words.take());
    words.expect('AND');
    const to = operand(words.take());
    return (item, given) => {
      const value = one(item, given) as Comparable;
      return value >= (from(item, given) as Comparable) && value <= (to(item, given) as Comparable);
    };
  }
  const compare = COMPARISONS[words.take()];
  if (compare === undefined) throw notUnderstood(words.text);
  const other = operand(words.take());
  return (item, given) => compare(one(item, given), other(item, given));
};

const functionIn = (name: string, words: Words): Test => {
  const one = operand(words.take());
  if (name === 'begins_with') {
    words.expect(',');
    const other = operand(words.take());
    words.expect(')');
    return (item, given) => String(one(item, given)).startsWith(String(other(item, given)));
  }
  words.expect(')');
  if (name === 'attribute_exists') return (item, given) => one(item, given) !== undefined;
  if (name === 'attribute_not_exists') return (item, given) => one(item, given) === undefined;
  throw notUnderstood(words.text);
};

/** `SET a = :b, c = c + :d REMOVE e ADD f :g`. */
const changeIn = (words: Words): Change => {
  const changes: Change[] = [];
  let verb = '';
  do {
    if (['SET', 'REMOVE', 'ADD'].includes(words.peek() ?? '')) verb = words.take();
    changes.push(stepIn(verb, words));
  } while (words.isNext(',') || words.peek() !== undefined);
  return (item, given) => changes.reduce((changed, change) => change(changed, given), item);
};

const stepIn = (verb: string, words: Words): Change => {
  const word = words.take();
  if (word.includes('.')) throw notUnderstood(words.text);
  const name = ({ ExpressionAttributeNames: names }: Given): string => names?.[word] ?? word;
  const old = path(word);
  switch (verb) {
    case 'SET': {
      words.expect('=');
      const value = sumIn(words);
      return (item, given) => ({ ...item, [name(given)]: value(item, given) });
    }
    case 'ADD': {
      const value = operand(words.take());
      return (item, given) => ({
        ...item,
        [name(given)]: Number(old(item, given) ?? 0) + Number(value(item, given)),
      });
    }
    case 'REMOVE':
      return (item, given) => {
        const { [name(given)]: _gone, ...rest } = item;
        return rest;
      };
    default:
      throw notUnderstood(words.text);
  }
};

/** One operand, or two with a sign in between. */
const sumIn = (words: Words): Value => {
  const one = termIn(words);
  const sign = words.isNext('+') ? 1 : words.isNext('-') ? -1 : 0;
  if (sign === 0) return one;
  const other = termIn(words);
  return (item, given) => Number(one(item, given)) + sign * Number(other(item, given));
};

const termIn = (words: Words): Value => {
  const first = words.take();
  if (first !== 'if_not_exists') return operand(first);
  words.expect('(');
  const wanted = operand(words.take());
  words.expect(',');
  const otherwise = operand(words.take());
  words.expect(')');
  return (item, given) => wanted(item, given) ?? otherwise(item, given);
};

/** Read once: the adapters write few expressions, and often. */
const remembered = <T>(read: (words: Words) => T): ((text: string) => T) => {
  const known = new Map<string, T>();
  return (text) => {
    const standing = known.get(text);
    if (standing !== undefined) return standing;
    const words = wordsOf(text);
    const made = read(words);
    if (words.peek() !== undefined) throw notUnderstood(text);
    known.set(text, made);
    return made;
  };
};

/** What a condition says of an item. */
export const testOf = remembered(testIn);
/** What an update expression does. */
export const changeOf = remembered(changeIn);
