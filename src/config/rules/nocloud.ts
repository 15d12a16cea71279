/** Rules about how nodes get their configuration. */

import { nodePointer, type Finding, type RuleContext, type RuleRow } from '../../model/rule.ts';
import { shownKey } from '../../model/shown.ts';
import { inCluster, inNodes } from './finding.ts';

/**
 * Bytes that fit the serial: `smbios1` holds 512 characters, of which `uuid=<36>,serial=,base64=1`
 * leave 454 for base64. Source: qemu-server src/PVE/QemuServer.pm.
 */
const SERIAL_BYTES = 340;

function serverMissing({ cluster, refused }: RuleContext): Finding[] {
  const { method, userData, serverUrl } = cluster.nocloud;
  if (refused.has('nocloud') || serverUrl !== null) return [];
  const advice = 'write nocloud.server_url (http://address:port)';
  if (method === 'nocloud-net')
    return [inCluster('/nocloud/method', `nocloud.method nocloud-net fetches over HTTP; ${advice}`)];
  return userData === 'include'
    ? [inCluster('/nocloud/user_data', `nocloud.user_data include points to a server; ${advice}`)]
    : [];
}

/** Proxmox writes `#cloud-config` there, which Talos ignores. */
function userDataNotDelivered({ cluster, refused }: RuleContext): Finding[] {
  const { method, userData } = cluster.nocloud;
  return refused.has('nocloud') || method !== 'ipconfig' || userData === 'none'
    ? []
    : [
        inCluster(
          '/nocloud/user_data',
          `nocloud.user_data ${userData} reaches no node with nocloud.method ipconfig, where Proxmox writes the user data; ` +
            'leave user_data out, or write method: cicustom or nocloud-net',
        ),
      ];
}

/** A node of nocloud-net needs an address before it can fetch anything, and waits for one without limit. */
function needsDhcp({ cluster, refused }: RuleContext): Finding[] {
  return !refused.has('nocloud') && cluster.nocloud.method === 'nocloud-net' && !cluster.nocloud.dhcp
    ? [
        inCluster(
          '/nocloud/method',
          'nocloud.method nocloud-net needs DHCP at first boot; reserve the declared addresses and write nocloud.dhcp: true',
        ),
      ]
    : [];
}

/** Talos appends file names to the URL as text and splits the serial at semicolons. */
function serverUrlUnusable({ cluster, refused }: RuleContext): Finding[] {
  const url = cluster.nocloud.serverUrl;
  if (url === null || refused.has('nocloud')) return [];
  if (/[;?#,\s]/.test(url)) {
    const why =
      'holds one of ; ? # or a comma, at which an SMBIOS serial would cut it off; write a plain http://address:port/path';
    return [inCluster('/nocloud/server_url', `nocloud.server_url ${shownKey(url)} ${why}`)];
  }
  return /^https?:\/\/(?:localhost|127\.[0-9.]+|0\.0\.0\.0|\[::1?\])(?:[:/]|$)/i.test(url)
    ? [
        inCluster(
          '/nocloud/server_url',
          `nocloud.server_url ${shownKey(url)} means the node itself to every node; write the address at which nodes reach the server`,
        ),
      ]
    : [];
}

function serialTooLong({ cluster }: RuleContext): Finding[] {
  return cluster.nodes.flatMap((node) => {
    const bytes = new TextEncoder().encode(node.nocloudSerial).length;
    return bytes <= SERIAL_BYTES
      ? []
      : [
          inNodes(
            nodePointer(node, 'name'),
            `the SMBIOS serial of ${node.name} is ${bytes} bytes long, and Proxmox takes ${SERIAL_BYTES}; shorten nocloud.server_url`,
          ),
        ];
  });
}

export const nocloudRules = [
  {
    code: 'NOCLOUD_SERVER_MISSING',
    severity: 'error',
    summary: 'With the method nocloud-net, and with user_data include, there is a server_url.',
    check: serverMissing,
  },
  {
    code: 'NOCLOUD_NEEDS_DHCP',
    severity: 'error',
    summary: 'With the method nocloud-net, DHCP gives nodes the addresses of nodes.yaml.',
    check: needsDhcp,
  },
  {
    code: 'NOCLOUD_USER_DATA',
    severity: 'error',
    summary: 'user_data is not written with the method ipconfig, which delivers none.',
    check: userDataNotDelivered,
  },
  {
    code: 'NOCLOUD_SERVER_URL',
    severity: 'error',
    summary: 'The server URL can be part of an SMBIOS serial, and names another machine than the node.',
    check: serverUrlUnusable,
  },
  {
    code: 'SERIAL_TOO_LONG',
    severity: 'error',
    summary: 'The SMBIOS serial fits the 512 characters of a Proxmox smbios1 property.',
    check: serialTooLong,
  },
] as const satisfies readonly RuleRow[];
