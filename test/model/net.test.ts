import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FORMATS } from '../../src/config/formats.ts';
import {
  contains,
  formatIpv4,
  isLocalMac,
  isMulticastMac,
  isReserved,
  networkText,
  overlaps,
  parseIpv4,
  parseNetwork,
  parseUrl,
} from '../../src/model/net.ts';

const address = fc.nat(2 ** 32 - 1);

/** A text, or one that differs from it in a character or two. */
function almost(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const slip = fc.constantFrom('', '0', '1', '9', '.', '/', 'x', 'e', '+', '-', ' ', '\n', '08', '0.');
  return fc
    .tuple(texts, fc.nat(20), fc.nat(1), slip)
    .map(([text, at, drop, extra]) => `${text.slice(0, at)}${extra}${text.slice(at + drop)}`);
}

function network(text: string) {
  const parsed = parseNetwork(text);
  if (parsed === null) throw new Error(`no network: ${text}`);
  return parsed;
}

describe('addresses', () => {
  it('format and parse are inverse', () => {
    fc.assert(
      fc.property(address, (value) => {
        expect(parseIpv4(formatIpv4(value))).toBe(value);
      }),
    );
  });

  it.each([
    ...['10.0.0.256', '10.0.0', '10.1', '10', '167772161', '10.0.0.1.1', '10.0.0.', '.10.0.0.1', 'a.b.c.d', ''],
    ...['010.0.0.1', '10.0.0.08', '00.0.0.0', '0x0a.0.0.1', '0xa000001', '10.0.0.1e0', '10.0.0.+1', '10.0.0.-1'],
    ...['10.0.0.1 ', ' 10.0.0.1', '10.0.0.1\n', '\t10.0.0.1', '10. 0.0.1', '\u0661.0.0.1', '\uff11.0.0.1'],
    ...['::ffff:10.0.0.1', '10.0.0.1%eth0', '10.0.0.1/24', 'fd00::1'],
  ])('refuses %j', (text) => {
    expect(parseIpv4(text)).toBeNull();
  });

  it('have one spelling, the one that the schemas take', () => {
    fc.assert(
      fc.property(almost(address.map(formatIpv4)), (text) => {
        const value = parseIpv4(text);
        expect(value !== null).toBe(FORMATS['ipv4']?.test(text));
        if (value !== null) expect(formatIpv4(value)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('networks', () => {
  it('know their range whatever host bits they are written with', () => {
    fc.assert(
      fc.property(address, fc.integer({ min: 0, max: 32 }), (value, prefix) => {
        const net = network(`${formatIpv4(value)}/${prefix}`);
        expect(contains(net, value)).toBe(true);
        expect(net.last - net.first + 1).toBe(2 ** (32 - prefix));
        expect(network(networkText(net)).first).toBe(net.first);
      }),
    );
  });

  it('overlap exactly when one holds an end of the other', () => {
    expect(overlaps(network('10.0.0.0/8'), network('10.42.0.0/16'))).toBe(true);
    expect(overlaps(network('10.42.0.0/16'), network('10.43.0.0/16'))).toBe(false);
    expect(overlaps(network('10.10.10.0/24'), network('10.10.10.255/32'))).toBe(true);
  });

  it('reserve the first and last address, but not in /31 and /32', () => {
    expect(isReserved(network('10.0.0.0/24'), network('10.0.0.0/24').last)).toBe(true);
    expect(isReserved(network('10.0.0.0/31'), network('10.0.0.0/31').last)).toBe(false);
  });

  it.each([
    ...['10.0.0.0', '10.0.0.0/', '/8', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.0/255.0.0.0', 'fd00::/64', ''],
    ...['10.0.0.0/024', '10.0.0.0/08', '10.0.0.0/00', '10.0.0.0/+8', '10.0.0.0/-8', '10.0.0.0/8.0', '10.0.0.0/0x8'],
    ...['10.0/16', '10/8', '010.0.0.0/8', '0xa.0.0.0/8', '10.0.0.0/ 8', '10.0.0.0 /8', ' 10.0.0.0/8', '10.0.0.0/8\n'],
  ])('refuses %j', (text) => {
    expect(parseNetwork(text)).toBeNull();
  });

  it('have one spelling, the one that the schemas take', () => {
    const written = fc.tuple(address, fc.nat(40)).map(([value, prefix]) => `${formatIpv4(value)}/${prefix}`);
    fc.assert(
      fc.property(almost(written), (text) => {
        const net = parseNetwork(text);
        expect(net !== null).toBe(FORMATS['cidr']?.test(text));
        if (net !== null) expect(`${formatIpv4(net.address)}/${net.prefixLength}`).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('MAC addresses', () => {
  it('tell multicast and locally administered ones by their first octet', () => {
    expect(isMulticastMac('01:00:5e:00:00:01')).toBe(true);
    expect(isMulticastMac('bc:24:11:00:00:01')).toBe(false);
    expect(isLocalMac('02:00:00:00:00:01')).toBe(true);
    expect(isLocalMac('bc:24:11:00:00:01')).toBe(false);
  });
});

describe('URLs', () => {
  it.each([
    ['https://pve.example:8006/api2/json', { host: 'pve.example', port: 8006 }],
    ['http://10.0.0.1', { host: '10.0.0.1', port: null }],
    ['https://[fd00::1]:8006', { host: '[fd00::1]', port: 8006 }],
    ['https://PVE/x:1', { host: 'pve', port: null }],
    ['ftp://a', null],
    ['https://', null],
  ])('%s', (text, parts) => {
    expect(parseUrl(text)).toEqual(parts);
  });
});
