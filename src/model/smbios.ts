/** What Proxmox calls `smbios1`: the identity of the machine, as the guest sees it. */

import { base64 } from './base64.ts';
import type { Smbios } from './vm.ts';

/** Proxmox replaces the whole property at once, so the UUID is always in it; the serial is in base64. */
export function smbiosProperty({ uuid, serial }: Smbios): string {
  return serial === null ? `uuid=${uuid}` : `uuid=${uuid},serial=${base64(serial)},base64=1`;
}
