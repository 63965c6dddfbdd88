import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { dataKeyNumber, NONCE_BYTES, seal, unseal } from './sealed.ts';

const key = { number: 7, bytes: new Uint8Array(randomBytes(32)) };
const PLACE = 'org_1/app_1/ep_1';
const secret = new TextEncoder().encode('whsec_secret');
const sealed = () => seal(secret, PLACE, key, new Uint8Array(randomBytes(NONCE_BYTES)));

test('a value comes back at its own place', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.string(), (value, place) => {
      expect(unseal(seal(value, place, key, randomBytes(NONCE_BYTES)), place, key)).toEqual(value);
    }),
  );
});

test('what is sealed does not show the value', () => {
  expect(Buffer.from(sealed()).includes(Buffer.from(secret))).toBe(false);
});

test('the same value sealed twice looks different', () => {
  expect(sealed()).not.toEqual(sealed());
});

test('a value moved to another place does not open', () => {
  expect(() => unseal(sealed(), 'org_1/app_1/ep_2', key)).toThrow();
});

test('a value of which any bit was changed does not open', () => {
  const bytes = sealed();
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = bytes.with(at, (bytes[at] ?? 0) ^ flip);
      expect(() => unseal(changed, PLACE, key)).toThrow();
    }),
  );
});

test('a value that was cut short does not open', () => {
  const bytes = sealed();
  for (let length = 0; length < bytes.length; length += 1) {
    expect(() => unseal(bytes.slice(0, length), PLACE, key)).toThrow();
  }
});

test('a sealed value says which data key opens it', () => {
  expect(dataKeyNumber(sealed())).toBe(7);
});

test('another data key does not open it', () => {
  expect(() => unseal(sealed(), PLACE, { ...key, number: 8 })).toThrow('another data key');
  expect(() => unseal(sealed(), PLACE, { number: 7, bytes: new Uint8Array(32) })).toThrow();
});
