/** Rules about how nodes get their configuration. */

import { nodePointer, type Finding, type RuleContext, type RuleRow } from '../../model/rule.ts';
import { inCluster, inNodes } from './finding.ts';

/**
 * Bytes that fit the serial: `smbios1` holds 512 characters, of which `uuid=<36>,serial=,base64=1`
 * leave 454 for base64. Source: qemu-server src/PVE/QemuServer.pm.
 */
const SERIAL_BYTES = 340;

function serverMissing({ cluster, cut }: RuleContext): Finding[] {
  return !cut.has('nocloud') && cluster.nocloud.method === 'nocloud-net' && cluster.nocloud.serverUrl === null
    ? [
        inCluster(
          '/nocloud/method',
          'nocloud.method nocloud-net fetches over HTTP; write nocloud.server_url (http://address:port)',
        ),
      ]
    : [];
}

/** Before it can fetch, a nocloud-net node needs an address, and waits for one without limit. */
function needsDhcp({ cluster, cut }: RuleContext): Finding[] {
  return !cut.has('nocloud') && cluster.nocloud.method === 'nocloud-net' && !cluster.nocloud.dhcp
    ? [
        inCluster(
          '/nocloud/method',
          'nocloud.method nocloud-net needs DHCP at first boot; reserve the declared addresses and write nocloud.dhcp: true',
        ),
      ]
    : [];
}

/** Talos appends file names to the URL as text and splits the serial at semicolons. */
function serverUrlUnusable({ cluster }: RuleContext): Finding[] {
  const url = cluster.nocloud.serverUrl;
  return url !== null && /[;?#,\s]/.test(url)
    ? [
        inCluster(
          '/nocloud/server_url',
          `nocloud.server_url ${url} holds one of ; ? # or a comma, which end it inside an SMBIOS serial; write a plain http://address:port/path`,
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
            `the SMBIOS serial of ${node.name} is ${bytes} bytes long, Proxmox takes ${SERIAL_BYTES}; shorten nocloud.server_url`,
          ),
        ];
  });
}

export const nocloudRules: readonly RuleRow[] = [
  {
    code: 'NOCLOUD_SERVER_MISSING',
    severity: 'error',
    summary: 'The method nocloud-net names its server.',
    check: serverMissing,
  },
  {
    code: 'NOCLOUD_NEEDS_DHCP',
    severity: 'error',
    summary: 'The method nocloud-net is used only where DHCP hands out the declared addresses.',
    check: needsDhcp,
  },
  {
    code: 'NOCLOUD_SERVER_URL',
    severity: 'error',
    summary: 'The server URL survives inside an SMBIOS serial.',
    check: serverUrlUnusable,
  },
  {
    code: 'SERIAL_TOO_LONG',
    severity: 'error',
    summary: 'The SMBIOS serial fits the 512 characters of a Proxmox smbios1 property.',
    check: serialTooLong,
  },
];
