import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { packPayload, unpackPayload } from './payload.ts';

test('what comes out is byte for byte what went in', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => new TextEncoder().encode(text)),
      ),
      (body) => {
        expect(unpackPayload(packPayload(body))).toEqual(body);
      },
    ),
  );
});

test('a packed body is never larger than the body', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (body) => {
      expect(packPayload(body).bytes.length).toBeLessThanOrEqual(body.length);
    }),
  );
});

test('what repeats itself is compressed', () => {
  expect(packPayload(new Uint8Array(4096)).encoding).toBe('deflate');
});

test('what cannot be compressed is kept as it is', () => {
  expect(packPayload(new Uint8Array(randomBytes(256))).encoding).toBe('identity');
});

test('damaged bytes are a fault', () => {
  expect(() => unpackPayload({ encoding: 'deflate', bytes: new Uint8Array([0xff, 0xff, 0xff]) })).toThrow();
});

test('a small item that unpacks to more than four megabytes is a fault', () => {
  const bomb = packPayload(new Uint8Array(5 * 1024 * 1024));
  expect(bomb.bytes.length).toBeLessThan(10_000);
  expect(() => unpackPayload(bomb)).toThrow();
});
