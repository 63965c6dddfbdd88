import { idTimeMs, isId } from '@fanfare/core/ids';
import { idOfPlace, idOfSource } from './message-ids.ts';

const AT = 1_800_000_000_124;

test('the same source gives the same id, which tells the time it entered', () => {
  const id = idOfSource(AT, 'queue', 'message-1');
  expect(idOfSource(AT, 'queue', 'message-1')).toBe(id);
  expect(isId('msg', id)).toBe(true);
  expect(idTimeMs(id)).toBe(AT);
});

test.each([
  ['another name', AT, ['queue', 'message-2']],
  ['another source', AT, ['stream', 'message-1']],
  ['the same letters divided otherwise', AT, ['queuem', 'essage-1']],
  ['another time', AT + 1000, ['queue', 'message-1']],
] as const)('%s gives another id', (_title, at, names) => {
  expect(idOfSource(at, ...names)).not.toBe(idOfSource(AT, 'queue', 'message-1'));
});

test('the ids of a batch sort as its places do, and no two batches share one', () => {
  const [one, other] = [idOfSource(AT, 'a'), idOfSource(AT, 'b')];
  const places = Array.from({ length: 500 }, (_, place) => place);
  const ids = places.map((place) => idOfPlace(AT, one, place));
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set([...ids, ...places.map((place) => idOfPlace(AT, other, place))]).size).toBe(1000);
});
