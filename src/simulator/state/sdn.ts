/** Software defined network: zones and the VNets in them. Source: pve-network src/PVE/Network/SDN.pm. */

import { fail } from './errors.ts';

export interface ZoneSeed {
  readonly id: string;
  readonly type: 'simple' | 'vlan' | 'qinq' | 'vxlan' | 'evpn';
  /** Nodes that have it; all by default. */
  readonly nodes?: readonly string[];
  readonly mtu?: number;
  /** What a VLAN zone lies on. */
  readonly bridge?: string;
}

export interface VnetSeed {
  readonly id: string;
  readonly zone: string;
  readonly tag?: number;
  readonly vlanAware?: boolean;
  readonly alias?: string;
}

export interface SdnConfig {
  readonly zones: readonly ZoneSeed[];
  readonly vnets: readonly VnetSeed[];
}

export interface SdnSeed extends SdnConfig {
  /** What is applied: the same by default. */
  readonly running?: SdnConfig;
}

/** Bridges that belong to no zone count as of this one. It is in no list of zones. */
export const LOCAL_ZONE = 'localnetwork';

export class Sdn {
  readonly configured: SdnConfig;
  readonly running: SdnConfig;

  /** @throws ApiError for a VNet in a zone that is not there */
  constructor({ zones, vnets, running }: SdnSeed = { zones: [], vnets: [] }) {
    this.configured = { zones, vnets };
    this.running = running ?? this.configured;
    for (const config of [this.configured, this.running]) {
      const lost = config.vnets.find(({ zone }) => !config.zones.some(({ id }) => id === zone));
      if (lost !== undefined) fail(`vnet '${lost.id}': zone '${lost.zone}' does not exist`);
    }
  }

  /** By what is configured, applied or not; a name that is no VNet is taken for a bridge, existing or not. */
  zoneOf(bridge: string): string {
    return this.configured.vnets.find(({ id }) => id === bridge)?.zone ?? LOCAL_ZONE;
  }

  zonesOn(node: string): readonly ZoneSeed[] {
    return this.running.zones.filter(({ nodes }) => nodes === undefined || nodes.includes(node));
  }

  vnetsOn(node: string): readonly VnetSeed[] {
    const zones = new Set(this.zonesOn(node).map(({ id }) => id));
    return this.running.vnets.filter(({ zone }) => zones.has(zone));
  }
}
