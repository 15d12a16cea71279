/** Options that Proxmox writes as one text of properties: `order=3,up=15,down=60`. */

import type { IpConfig, Snippets, Startup, Vga, Watchdog } from '../../model/cluster.ts';
import { resultsOf, type PerField } from '../../model/per-field.ts';

/** The properties that a field becomes: none for what is not there. */
type Properties<Part> = PerField<Part, readonly string[]>;

export const IP_CONFIG: Properties<IpConfig> = {
  address: (address) => [`ip=${address}`],
  gateway: (gateway) => (gateway === null ? [] : [`gw=${gateway}`]),
};

export const SNIPPETS: Properties<Snippets> = {
  user: (file) => [`user=${file}`],
  meta: (file) => [`meta=${file}`],
  network: (file) => [`network=${file}`],
};

export const STARTUP: Properties<Startup> = {
  order: (order) => [`order=${order}`],
  upDelaySeconds: (seconds) => [`up=${seconds}`],
  downDelaySeconds: (seconds) => [`down=${seconds}`],
};

export const WATCHDOG: Properties<Watchdog> = {
  model: (model) => [`model=${model}`],
  action: (action) => [`action=${action}`],
};

export const VGA: Properties<Vga> = {
  type: (type) => [type],
  memoryMiB: (memory) => (memory === null ? [] : [`memory=${memory}`]),
};

export function propertyText<Part extends object>(table: Properties<Part>, part: Part): string {
  return resultsOf(table, part, null).flat().join(',');
}
