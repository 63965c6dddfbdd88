import fc from 'fast-check';
import { MAX_URL_CHARACTERS, normalUrl } from './endpoint-url.ts';

test.each([
  ['the host in lower case', 'https://EXAMPLE.com/Hook', 'https://example.com/Hook'],
  ['a default port left out', 'https://example.com:443/', 'https://example.com/'],
  ['another port kept', 'http://example.com:8080', 'http://example.com:8080/'],
  ['spaces escaped', 'https://example.com/a b', 'https://example.com/a%20b'],
  ['the fragment kept', 'https://example.com/#part', 'https://example.com/#part'],
  ['the host in ASCII', 'https://bücher.example/', 'https://xn--bcher-kva.example/'],
  ['credentials kept', 'https://user:pass@example.com/', 'https://user:pass@example.com/'],
  ['an address, in the spelling of all others', 'http://012.0x1/', 'http://10.0.0.1/'],
])('a URL is stored with %s', (_title, given, stored) => {
  expect(normalUrl(given)).toEqual({ ok: true, value: stored });
});

test.each([
  ['', 'must be a URL'],
  ['example.com', 'must be a URL'],
  ['https://', 'must be a URL'],
  ['/hook', 'must be a URL'],
  ['ftp://example.com', /^must start with http/],
  ['javascript:alert(1)', /^must start with http/],
  [`https://example.com/${'x'.repeat(MAX_URL_CHARACTERS)}`, /^must be at most 2048/],
  [`https://example.com/${'é'.repeat(700)}`, /^must be at most 2048/],
])('%j is refused', (given, error) => {
  const read = normalUrl(given);
  expect(read.ok ? 'accepted' : read.error).toMatch(error);
});

test('a URL that was accepted is accepted as it was stored', () => {
  fc.assert(
    fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (given) => {
      const once = normalUrl(given);
      if (once.ok) expect(normalUrl(once.value)).toEqual(once);
    }),
  );
});
