import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asVmCluster } from '../../src/model/cluster.ts';
import { derivedMac, ownershipMark, systemUuid, templateOffset } from '../../src/model/identity.ts';
import { isMulticastMac } from '../../src/model/net.ts';
import { seedOf } from '../../src/simulator/index.ts';
import { FIXTURES, ROOT, validateFixture } from '../support/validation.ts';

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

describe('the ownership mark', () => {
  const role = (file: string): string => readFileSync(join(ROOT, 'templates/ansible/roles/proxmox_vm', file), 'utf8');

  it.each(['review', 'report'])('is what the Python of %s looks for', (module) => {
    const mark = /^MARK = "(.+)"$/m.exec(role(`filter_plugins/proxmox_vm_${module}.py`))?.[1];
    expect(ownershipMark('worker w-1', 'home')).toBe(`Talos worker w-1 of cluster home, ${String(mark)}`);
  });

  it('is what the role writes into a template', () => {
    const description = / description: "(.+)"$/m.exec(role('tasks/template_build.yaml'))?.[1];
    expect(description).toBe(ownershipMark('template', '{{ proxmox_vm_cluster }}'));
  });

  it('is on the templates of a simulated host', () => {
    const { cluster } = validateFixture(join(FIXTURES, 'valid/template-clone'));
    if (cluster === null) throw new Error('the fixture is not valid');
    const templates = seedOf(asVmCluster(cluster)).vms?.map(({ config }) => config['description']);
    expect(new Set(templates)).toEqual(new Set([ownershipMark('template', cluster.name)]));
  });
});
