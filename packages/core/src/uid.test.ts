import { isUid } from './uid.ts';

test.each(['customer-7', 'a', 'A.b_c-d', 'ep_of-another-kind', 'x'.repeat(256)])(
  '%s can be the uid of an application',
  (text) => {
    expect(isUid('app', text)).toBe(true);
  },
);

test.each([
  ['nothing', ''],
  ['what looks like an id of its own kind', 'app_1'],
  ['a separator of keys', 'a#b'],
  ['a slash', 'a/b'],
  ['a line break at the end', 'a\n'],
  ['more than 256 characters', 'x'.repeat(257)],
])('%s cannot', (_title, text) => {
  expect(isUid('app', text)).toBe(false);
});
