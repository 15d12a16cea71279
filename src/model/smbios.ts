/** What Proxmox calls `smbios1`: the identity of the machine, as the guest sees it. */

import { base64 } from './base64.ts';
import { resultsOf, type PerField } from './per-field.ts';
import type { Smbios } from './vm.ts';

const OPTIONS: PerField<Smbios, string[]> = {
  uuid: (uuid) => [`uuid=${uuid}`],
  serial: (serial) => (serial === null ? [] : [`serial=${base64(serial)}`, 'base64=1']),
};

/** Proxmox replaces the whole property at once, so the UUID is always in it; the serial is in base64. */
export function smbiosProperty(smbios: Smbios): string {
  return resultsOf(OPTIONS, smbios, null).flat().join(',');
}
