import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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

  it.each(['10.0.0.256', '010.0.0.1', '10.0.0', '10.0.0.1.1', '10.0.0.1 ', 'a.b.c.d', ''])('refuses %j', (text) => {
    expect(parseIpv4(text)).toBeNull();
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

  it.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.0/024', '10.0.0.0/8/8', 'fd00::/64'])('refuses %j', (text) => {
    expect(parseNetwork(text)).toBeNull();
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
