/** NoCloud: what a node reads at first boot, without secrets, whichever way it is delivered. */

import type { Cluster, Node } from '../../model/cluster.ts';
import { base64 } from '../../model/base64.ts';
import { instanceId, nodeUrl } from '../../model/identity.ts';
import { smbiosProperty } from '../../model/smbios.ts';
import type { Target } from '../../model/target.ts';
import { hostname, type Document } from '../talos/document.ts';
import { networkConfig } from './network-config.ts';

export const nocloud = {
  name: 'nocloud',
  summary: 'cloud-init NoCloud files and SMBIOS serials, per node',
  rules: [],
  tools: [],
  includes: () => true,
  view: () => ({}),
  nodeView: (cluster, node) => ({
    userData: userData(cluster, node),
    metaData: [metaData(cluster, node)],
    networkConfig: [networkConfig(cluster, node)],
    smbios: [smbios(node)],
  }),
  tasks: () => [],
} satisfies Target;

interface UserData {
  readonly kind: Cluster['nocloud']['userData'];
  /**
   * A partial Talos configuration: applied at once, after which the node waits in maintenance mode
   * for the rest. It holds no secret and may be committed.
   */
  readonly documents: readonly Document[];
  /** Where the full configuration is: never here, for it holds secrets. */
  readonly url: string;
}

function userData({ name, nocloud }: Cluster, node: Node): UserData {
  return {
    kind: nocloud.userData,
    documents: [hostname(node.name)],
    url: `${nodeUrl(nocloud.serverUrl ?? '', name, node.name)}machine-config`,
  };
}

function metaData(cluster: Cluster, node: Node): Readonly<Record<string, unknown>> {
  return { 'instance-id': instanceId(cluster.name, node.name), 'local-hostname': node.name, hostname: node.name };
}

/** For machines that talmox does not make: the serial in plain text, as Proxmox takes it, and in the whole property. */
function smbios({ systemUuid: uuid, nocloudSerial: serial }: Node): Readonly<Record<string, unknown>> {
  return { uuid, serial, serialBase64: base64(serial), smbios1: smbiosProperty({ uuid, serial }) };
}
