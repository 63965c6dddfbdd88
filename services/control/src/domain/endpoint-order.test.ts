import type { EndpointRecord } from '@fanfare/events/endpoint-record';
import { newEndpoint, tombstoneOf, withPatch, withSecrets } from './endpoint.ts';
import { metadataView, orderedMore, withOrder } from './endpoint-order.ts';

const settings = {
  url: 'https://hooks.example.com/',
  description: '',
  version: 1,
  disabled: false,
  metadata: { plan: 'pro' },
};
const made = (ordered: boolean): EndpointRecord =>
  newEndpoint('ep_1', { ...settings, ordered }, { sealed: new Uint8Array([1]) }, 2, 1_000);

describe('an endpoint that becomes ordered', () => {
  test('is ordered from the next version on, whether it is new or was there before', () => {
    expect(withOrder(undefined, made(true), 2)).toMatchObject({ orderedSince: 1_000, orderedVersion: 2 });
    const before = made(false);
    const after = withOrder(before, withPatch(before, { ordered: true }, 5_000), 7);
    expect(after).toMatchObject({ orderedSince: 5_000, orderedVersion: 7 });
  });

  test('is ordered since then, whatever else is changed later', () => {
    const before = withOrder(undefined, made(true), 2);
    const described = withOrder(before, withPatch(before, { description: 'x', ordered: true }, 5_000), 7);
    expect(described).toMatchObject({ orderedSince: 1_000, orderedVersion: 2 });
    expect(withOrder(described, withSecrets(described, [], 6_000), 8)).toMatchObject({ orderedVersion: 2 });
  });

  test('and ceases to be, and becomes it again, is ordered from that version on', () => {
    const before = withOrder(undefined, made(true), 2);
    const ceased = withOrder(before, withPatch(before, { ordered: false }, 5_000), 3);
    expect(ceased).not.toHaveProperty('orderedVersion');
    expect(ceased).toMatchObject({ orderedSince: undefined, orderedUntilVersion: 3 });
    const described = withOrder(ceased, withPatch(ceased, { description: 'x' }, 6_000), 5);
    expect(described).toMatchObject({ orderedSince: undefined, orderedUntilVersion: 3 });
    const again = withOrder(ceased, withPatch(ceased, { ordered: true }, 9_000), 4);
    expect(again).toMatchObject({ orderedSince: 9_000, orderedVersion: 4 });
    expect(again).not.toHaveProperty('orderedUntilVersion');
  });
});

describe('the number of ordered endpoints', () => {
  const [ordered, plain] = [made(true), made(false)];

  test.each([
    ['rises with a new one', undefined, ordered, 1],
    ['rises with one that becomes ordered', plain, ordered, 1],
    ['falls with one that ceases to be', ordered, plain, -1],
    ['falls with one that is deleted', ordered, tombstoneOf(ordered, 2_000), -1],
    ['stays when one is changed otherwise', ordered, { ...ordered, description: 'x' }, 0],
    ['stays with an endpoint that is not ordered', undefined, plain, 0],
    ['stays when one is deleted that is not ordered', plain, tombstoneOf(plain, 2_000), 0],
  ])('%s', (_title, before, after, more) => {
    expect(orderedMore(before, after)).toBe(more);
  });
});

test('metadata says of an ordered endpoint that it is one, and nothing of others', () => {
  expect(metadataView(made(true))).toEqual({ plan: 'pro', 'fanfare.ordered': 'true' });
  expect(metadataView(made(false))).toEqual({ plan: 'pro' });
});
