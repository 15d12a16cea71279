/** What Proxmox calls `smbios1`: the identity that a VM shows its guest. */

import { base64 } from './base64.ts';
import { resultsOf, type PerField } from './per-field.ts';
import type { Smbios } from './vm.ts';

const OPTIONS: PerField<Smbios, string[]> = {
  uuid: (uuid) => [`uuid=${uuid}`],
  serial: (serial) => (serial === null ? [] : [`serial=${base64(serial)}`, 'base64=1']),
};

/** Setting it replaces all of it, so the UUID is always in it; the serial stands there in base64. */
export function smbiosProperty(smbios: Smbios): string {
  return resultsOf(OPTIONS, smbios, null).flat().join(',');
}
