import fc from 'fast-check';
import { isAllowed, parseSubnets } from './allowed-address.ts';

const none = parseSubnets('none');

describe('an address', () => {
  test.each(['8.8.8.8', '93.184.216.34', '2606:4700:4700::1111', '::ffff:8.8.8.8'])('%s is public', (address) => {
    expect(isAllowed(address, none)).toBe(true);
  });

  test.each([
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.255',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.9.9',
    '192.0.0.1',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    '5f00::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '4000::1',
    '2606:4700:4700::1111%eth0',
  ])('%s is not', (address) => {
    expect(isAllowed(address, none)).toBe(false);
  });

  test.each(['', 'localhost', '1.2.3', '0x7f.1', '1.2.3.4.5', '8.8.8.8 ', '[::1]'])(
    '%j is no address that is allowed',
    (text) => {
      expect(isAllowed(text, none)).toBe(false);
    },
  );

  test.each([
    ['127.0.0.1', true],
    ['::ffff:127.0.0.1', true],
    ['10.1.2.3', true],
    ['10.2.0.1', false],
    ['fd00::7', true],
    ['192.168.0.1', false],
  ])('%s beside the allowed subnets: %s', (address, expected) => {
    expect(isAllowed(address, parseSubnets('127.0.0.0/8, 10.1.0.0/16,fd00::/64'))).toBe(expected);
  });

  test.each([
    ['64:ff9b::/96', '64:ff9b::808:808', true],
    ['64:ff9b::/96', '64:ff9b::a00:1', false],
    ['64:ff9b::/96', '64:ff9b::a9fe:a9fe', false],
    ['64:ff9b::/96,10.0.0.0/8', '64:ff9b::a00:1', true],
    ['10.0.0.0/8', '64:ff9b::a00:1', false],
    ['2002::/16', '2002:808:808::1', true],
    ['2002::/16', '2002:a00:1::1', false],
    ['2001::/32', '2001:0:808:808::f7f7:f7f7', true],
    ['2001::/32', '2001:0:808:808::f5ff:fffe', false],
    ['::/0', '::ffff:0:10.0.0.1', false],
    ['0.0.0.0/0', '::ffff:10.0.0.1', true],
  ])('with %s allowed, what a translator would send to counts as well: %s, %s', (subnets, address, expected) => {
    expect(isAllowed(address, parseSubnets(subnets))).toBe(expected);
  });

  test('inside of a private block is never public, in either spelling', () => {
    const octet = fc.nat(255);
    const blocks = fc.oneof(
      fc.tuple(fc.constant(10), octet, octet, octet),
      fc.tuple(fc.constant(127), octet, octet, octet),
      fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
      fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
      fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), octet, octet),
    );
    fc.assert(
      fc.property(blocks, (octets) => {
        expect(isAllowed(octets.join('.'), none)).toBe(false);
        expect(isAllowed(`::ffff:${octets.join('.')}`, none)).toBe(false);
      }),
    );
  });
});

test.each(['', 'all', '10.0.0.0', '10.0.0.0/33', '10.0.0.0/8,,'])('the setting %j is refused', (text) => {
  expect(() => parseSubnets(text)).toThrow();
});
