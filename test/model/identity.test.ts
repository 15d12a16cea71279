import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derivedMac, systemUuid, templateOffset } from '../../src/model/identity.ts';
import { isMulticastMac } from '../../src/model/net.ts';

describe('identities', () => {
  it('are the UUIDv5 that any other implementation computes', () => {
    // python3: uuid5(uuid5(NAMESPACE_DNS, 'talmox.internal'), 'home/cp-1')
    expect(systemUuid('home', 'cp-1')).toBe('423b0dee-fcce-5689-8ed0-c7ba1b801fe8');
  });

  it('stay when other nodes come and go, and differ between nodes, clusters and NICs', () => {
    expect(derivedMac('home', 'cp-1', 0)).toBe(derivedMac('home', 'cp-1', 0));
    expect(new Set([derivedMac('a', 'n', 0), derivedMac('b', 'n', 0), derivedMac('a', 'n', 1)]).size).toBe(3);
  });

  it('give MACs in the Proxmox range and template offsets below 1000', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(30), (cluster, node, nic) => {
        const mac = derivedMac(cluster, node, nic);
        expect(mac).toMatch(/^bc:24:11(:[0-9a-f]{2}){3}$/);
        expect(isMulticastMac(mac)).toBe(false);
        expect(templateOffset(cluster, node, true)).toBeLessThan(1000);
      }),
    );
  });
});
