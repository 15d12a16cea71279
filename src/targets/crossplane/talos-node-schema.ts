/** The schema of a TalosNode: what the management cluster accepts as a machine. */

import { membersOf, propertiesOf, requiredOf } from './fields.ts';
import { MACHINE } from './machine.ts';
import { array, immutable, object, text, word, type Rule, type Schema } from './schema.ts';

const RULES: readonly Rule[] = [
  immutable('clone'),
  {
    rule: "(self.bios == 'ovmf') == has(self.efiDisk)",
    message: 'bios ovmf needs an efiDisk, and only ovmf does',
  },
  {
    rule: '[has(self.clone), has(self.cdrom), has(self.disks[0].importFrom)].exists_one(source, source)',
    message: 'a machine comes from exactly one of clone, cdrom and disks[0].importFrom',
  },
  {
    rule: 'self.bootOrder.all(device, self.disks.exists(d, d.interface == device) || (has(self.cdrom) && self.cdrom.interface == device))',
    message: 'bootOrder names a device the machine does not have',
  },
  {
    rule: 'self.networkDevices.all(n, self.networkDevices.exists_one(m, m.macAddress == n.macAddress))',
    message: 'two NICs have the same macAddress',
  },
  {
    rule: '!has(self.initialization) || !has(self.initialization.ipConfig) || self.initialization.ipConfig.size() <= self.networkDevices.size()',
    message: 'more ipConfig entries than networkDevices',
  },
  {
    rule: '!(has(self.smbios.serial) && has(self.initialization) && has(self.initialization.userDataFileId))',
    message: 'Talos reads its configuration from smbios.serial or from userDataFileId, never from both',
  },
];

const MEMBERS = membersOf(MACHINE);

/** `openAPIV3Schema` of the composite resource. */
export const TALOS_NODE_SCHEMA: Schema = {
  ...object('A Talos machine on Proxmox VE.', ['spec'], {
    spec: object(
      'The machine. Field names are those of the EnvironmentVM it becomes; a single block is an object here.',
      ['cluster', 'role', ...requiredOf(MEMBERS)],
      {
        cluster: text('Talos cluster.', { maxLength: 63 }),
        role: word('Machine type of Talos.', ['controlplane', 'worker']),
        ...propertiesOf(MEMBERS),
      },
      RULES,
    ),
    status: object('Set by Crossplane.', [], {
      externalName: text('Id by which the provider knows the VM.'),
      macAddresses: array('MAC addresses of the NICs.', text('A MAC address.', { maxLength: 17 }), { maxItems: 32 }),
    }),
  }),
  'x-kubernetes-validations': [
    {
      rule: "self.metadata.name.matches('^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$')",
      message: 'the name becomes the label of a Terraform resource: it must begin with a letter and hold no dot',
    },
  ],
};
