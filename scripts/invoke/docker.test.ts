import { describe, expect, test } from '@jest/globals';
import { bridgeAddress } from './docker.ts';

describe("the bridge's address", () => {
  test.each([
    ['is the gateway that Docker tells', '172.18.0.0/16 172.18.0.254\n', '172.18.0.254'],
    ['is the first of the subnet where Docker tells no gateway', '172.17.0.0/16 \n', '172.17.0.1'],
    ['is looked for past an IPv6 subnet', 'fd00::/80 fd00::1\n172.17.0.0/16 172.17.0.1\n', '172.17.0.1'],
    ['is unknown where there is no network', '\n', undefined],
  ])('%s', (_title, told, expected) => {
    expect(bridgeAddress(told)).toBe(expected);
  });
});
