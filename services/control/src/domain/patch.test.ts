import fc from 'fast-check';
import { type Patch, patched, sameSettings } from './patch.ts';

type Settings = { name: string; uid?: string | undefined; rate?: number | undefined; tags: Record<string, string> };

const settings: fc.Arbitrary<Settings> = fc.record(
  { name: fc.string(), uid: fc.string(), rate: fc.nat(), tags: fc.dictionary(fc.string(), fc.string()) },
  { requiredKeys: ['name', 'tags'] },
);
const patch: fc.Arbitrary<Patch<Settings>> = fc.record(
  {
    name: fc.option(fc.string(), { nil: undefined }),
    uid: fc.option(fc.string()),
    rate: fc.option(fc.nat()),
    tags: fc.dictionary(fc.string(), fc.string()),
  },
  { requiredKeys: [] },
);

test('a patch of nothing changes nothing', () => {
  fc.assert(fc.property(settings, (current) => expect(patched(current, {})).toEqual(current)));
});

test('a patch applied twice is a patch applied once', () => {
  fc.assert(
    fc.property(settings, patch, (current, change) => {
      const once = patched(current, change);
      expect(patched(once, change)).toEqual(once);
    }),
  );
});

test('what a patch holds replaces, what it holds as null is gone, what it does not hold stays', () => {
  fc.assert(
    fc.property(settings, patch, (current, change) => {
      const after = patched(current, change);
      for (const field of ['name', 'uid', 'rate', 'tags'] as const) {
        const asked = change[field];
        if (asked === undefined) expect(after[field]).toEqual(current[field]);
        else if (asked === null) expect(field in after).toBe(false);
        else expect(after[field]).toEqual(asked);
      }
    }),
  );
});

test('a patch replaces a map as a whole', () => {
  expect(patched<Pick<Settings, 'tags'>>({ tags: { a: '1', b: '2' } }, { tags: { c: '3' } })).toEqual({
    tags: { c: '3' },
  });
});

test('settings are the same whatever the order of their fields, and whether a cleared one is spelled out', () => {
  expect(sameSettings({ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1, e: undefined })).toBe(true);
  expect(sameSettings({ list: ['a', 'b'] }, { list: ['b', 'a'] })).toBe(false);
});
