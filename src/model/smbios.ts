/** What Proxmox calls `smbios1`: the identity that a VM shows its guest. */

import { base64 } from './base64.ts';
import type { Smbios } from './vm.ts';

/** Setting it replaces all of it, so the UUID is always in it; the serial stands there in base64. */
export function smbiosProperty({ uuid, serial }: Smbios): string {
  return serial === null ? `uuid=${uuid}` : `uuid=${uuid},serial=${base64(serial)},base64=1`;
}
