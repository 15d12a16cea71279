/** The Proxmox cluster that the VMs live in, and what has to lie on its hosts. Absence is `null`. */

import type { BackendName } from './backend-name.ts';
import type { Vm } from './vm.ts';

export interface Proxmox {
  /** `https://host:8006`, without path. */
  readonly apiUrl: string;
  readonly apiHost: string;
  readonly apiPort: number;
  /** `user@realm` of the API token, or `null` when only the environment names it. */
  readonly apiUser: string | null;
  /** Bare token name, without user and realm. */
  readonly apiTokenName: string | null;
  /** The API certificate is not verified. */
  readonly insecure: boolean;
  readonly pool: string | null;
  /** The backend that runs when a command names none. */
  readonly defaultTarget: BackendName | null;
  /** Every host a node or its template is placed on, sorted by name. */
  readonly hosts: readonly PveHost[];
  /** Every distinct boot file the nodes need, sorted by `key`. */
  readonly images: readonly BootImage[];
  /** Every template the nodes are cloned from, sorted by `vmId`. */
  readonly templates: readonly VmTemplate[];
}

export interface PveHost {
  readonly name: string;
  readonly diskStorage: string;
  readonly isoStorage: string;
  /** Storage with content type `import`. */
  readonly importStorage: string;
  /** Storage with content type `snippets`. */
  readonly snippetsStorage: string;
  readonly bridge: string;
}

/** One file of the Image Factory that Proxmox downloads by itself. */
export interface BootImage {
  /** Stable name: `<first 12 of the schematic id>[-secureboot]-<kind>`. */
  readonly key: string;
  readonly kind: 'image' | 'iso';
  readonly contentType: 'import' | 'iso';
  readonly schematicId: string;
  readonly secureBoot: boolean;
  readonly url: string;
  /** Only characters that Proxmox keeps as they are: `[A-Za-z0-9._-]`. */
  readonly fileName: string;
  /** Where it must lie, sorted by host. */
  readonly placements: readonly ImagePlacement[];
}

export interface ImagePlacement {
  readonly pveNode: string;
  readonly storage: string;
  /** `<storage>:<contentType>/<fileName>` */
  readonly volumeId: string;
}

export interface VmTemplate {
  readonly vmId: number;
  readonly name: string;
  readonly pveNode: string;
  readonly storage: string;
  readonly bridge: string;
  /** Key of the `BootImage` it is made from. */
  readonly imageKey: string;
  readonly imageVolumeId: string;
  readonly secureBoot: boolean;
  /** Firmware and chipset of the nodes cloned from it: a clone has its template's EFI disk or none. */
  readonly bios: Vm['bios'];
  readonly machine: Vm['machine'];
}
