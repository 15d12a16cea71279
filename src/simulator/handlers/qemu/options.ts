/** Values of a VM's options as they are stored. */

import { splitList } from '../../schema/formats.ts';
import type { Host } from '../../state/host.ts';
import type { VmConfig } from '../../state/vms.ts';

/** `cdrom` is an older name of `ide2`, whose medium is a disc without saying so. */
export function withoutAlias(options: VmConfig): VmConfig {
  const out = new Map(options);
  const disc = out.get('cdrom');
  out.delete('cdrom');
  return disc === undefined ? out : out.set('ide2', /media=/.test(disc) ? disc : `${disc},media=cdrom`);
}

/** What a request's options become before they are stored. */
export function storedOptions(host: Host, options: VmConfig): VmConfig {
  return new Map([...options].map(([key, value]) => [key, storedValue(host, key, value)]));
}

function storedValue(host: Host, key: string, value: string): string {
  if (/^net\d+$/.test(key)) return withMacAddress(host, value, false);
  switch (key) {
    case 'tags':
      return [...new Set(splitList(value).map((tag) => tag.toLowerCase()))].sort().join(';');
    case 'vmgenid':
      return value === '1' ? host.random.uuid() : value;
    case 'description':
      return value.replace(/\s+$/, '');
    case 'cipassword':
      // Only that it is hashed can be seen: answers mask it.
      return value.startsWith('$') ? value : `$5$${host.random.hex(16)}`;
    default:
      return value;
  }
}

/** @param fresh a new address even where there is one */
export function withMacAddress(host: Host, value: string, fresh: boolean): string {
  const nic = host.configs.parse('net0', value);
  if (nic === null) return value;
  return host.configs.print(
    'net0',
    fresh || nic['macaddr'] === undefined ? { ...nic, macaddr: host.random.macAddress() } : nic,
  );
}
