import fc from 'fast-check';
import { byId, type Chunk, merge, type Span, within } from './span.ts';

type Item = { readonly id: string };
const idOf = (at: number): string => `msg_${String(at).padStart(3, '0')}`;
const items = fc.uniqueArray(fc.nat(200), { maxLength: 40 }).map((numbers) => numbers.map((at) => ({ id: idOf(at) })));
const bound = fc.option(fc.nat(200).map(idOf), { nil: undefined });
const span = fc.record({
  newerThan: bound,
  olderThan: bound,
  newestFirst: fc.boolean(),
  limit: fc.integer({ min: 1, max: 20 }),
});

describe('a span', () => {
  test('holds what lies between its bounds, in its direction, and says whether it was cut', () => {
    fc.assert(
      fc.property(items, span, (all, asked) => {
        const chunk = within(all, asked);
        const inside = all.filter(
          ({ id }) => id > (asked.newerThan ?? '') && (asked.olderThan === undefined || id < asked.olderThan),
        );
        const ordered = asked.newestFirst ? inside.toSorted((one, other) => byId(other, one)) : inside.toSorted(byId);
        expect(chunk.items).toEqual(ordered.slice(0, asked.limit));
        expect(chunk.more).toBe(ordered.length > asked.limit);
      }),
    );
  });
});

/** Reads a shard as a table does: at most `most` items at once, whatever the limit. */
const cutAt = (most: number, all: readonly Item[], asked: Span): Chunk<Item> => {
  const { items: read, more } = within(all, { ...asked, limit: Math.min(most, asked.limit) });
  return { items: read, more };
};

describe('a list over several shards', () => {
  const shards = fc
    .tuple(items, fc.integer({ min: 1, max: 5 }), fc.infiniteStream(fc.nat()))
    .map(([all, count, random]) => {
      const parts: Item[][] = Array.from({ length: count }, () => []);
      for (const item of all) parts[(random.next().value as number) % count]?.push(item);
      return { all, parts };
    });

  test('is read to its end like one list, each item once, however the shards are cut', () => {
    fc.assert(
      fc.property(
        shards,
        fc.boolean(),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 7 }),
        (given, newestFirst, most, limit) => {
          const seen: Item[] = [];
          for (let more = true; more; ) {
            const passed = seen.at(-1)?.id;
            const asked = { newestFirst, limit, ...(newestFirst ? { olderThan: passed } : { newerThan: passed }) };
            const chunk = merge(
              given.parts.map((part) => cutAt(most, part, asked)),
              asked,
            );
            seen.push(...chunk.items);
            if (chunk.more) expect(chunk.items.length).toBeGreaterThan(0);
            more = chunk.more;
          }
          const ordered = given.all.toSorted(byId);
          expect(seen).toEqual(newestFirst ? ordered.toReversed() : ordered);
        },
      ),
    );
  });

  test('nothing behind the end of a shard that was cut is taken from the others', () => {
    const cut = { items: [{ id: 'msg_9' }, { id: 'msg_7' }], more: true };
    const whole = { items: [{ id: 'msg_8' }, { id: 'msg_5' }], more: false };
    expect(merge([cut, whole], { newestFirst: true, limit: 10 })).toEqual({
      items: [{ id: 'msg_9' }, { id: 'msg_8' }, { id: 'msg_7' }],
      more: true,
    });
  });
});
