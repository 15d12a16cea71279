/** Rules about what was written: aliases, groups that belong together, typos, credentials. */

import type { Finding, RuleContext, RuleRow } from '../../model/rule.ts';
import { nodePointer } from '../../model/rule.ts';
import { parseUrl } from '../../model/net.ts';
import { dotted, pointerKeys, pointerSegment } from '../../model/pointer.ts';
import { holdsCredential, shownKey } from '../../model/shown.ts';
import { nearest } from '../../model/suggest.ts';
import { isCredentialKey, isCredentialValue } from '../credentials.ts';
import { CLUSTER_KEYS, NODE_KEY_ALIASES } from '../known-keys.ts';
import { clashes, inCluster, inNodes, place, type Owned } from './finding.ts';

function aliasAndKey({ cluster, nodesFile }: RuleContext): Finding[] {
  return cluster.nodes.flatMap((node) => {
    const written = nodesFile.nodes[node.index];
    return NODE_KEY_ALIASES.filter(([alias, key]) => written?.[alias] !== undefined && written[key] !== undefined).map(
      ([alias, key]) =>
        inNodes(nodePointer(node, alias), `${alias} and ${key} of ${node.name} say the same thing; keep ${key}`),
    );
  });
}

function aliasUsed({ cluster, nodesFile }: RuleContext): Finding[] {
  return cluster.nodes.flatMap((node) => {
    const written = nodesFile.nodes[node.index];
    return NODE_KEY_ALIASES.filter(([alias, key]) => written?.[alias] !== undefined && written[key] === undefined).map(
      ([alias, key]) => inNodes(nodePointer(node, alias), `${alias} of ${node.name} is read as ${key}; rename it`),
    );
  });
}

const BGP_KEYS = ['cilium_bgp_router_addr', 'cilium_bgp_router_asn', 'cilium_bgp_node_asn'] as const;

function bgpIncomplete({ clusterFile, refused }: RuleContext): Finding[] {
  const written = BGP_KEYS.filter((key) => clusterFile[key] !== undefined);
  const missing = BGP_KEYS.filter((key) => clusterFile[key] === undefined && !refused.has(key));
  const [first] = written;
  return first === undefined || missing.length === 0
    ? []
    : [
        inCluster(
          `/${first}`,
          `${written.join(' and ')} without ${missing.join(' and ')}: BGP needs all three or none`,
        ),
      ];
}

function duplicateSans(context: RuleContext): Finding[] {
  const sans = (context.clusterFile.cluster_api_tls_sans ?? []).map((name, position): Owned => ({
    value: name.toLowerCase(),
    owner: name,
    file: 'cluster.yaml',
    pointer: `/cluster_api_tls_sans/${position}`,
  }));
  return clashes(sans).map(({ first, later }) =>
    inCluster(
      later.pointer,
      `${later.owner} is in cluster_api_tls_sans as ${place(context, first)} already; write it once`,
    ),
  );
}

/** Letters that a typing error changes at most: keys of other tools share words with ours (`cloudflare_token`). */
const TYPO_LETTERS = 2;

function likelyTypo({ clusterFile }: RuleContext): Finding[] {
  return Object.keys(clusterFile).flatMap((key) => {
    if (CLUSTER_KEYS.includes(key)) return [];
    const meant = nearest(key, CLUSTER_KEYS, TYPO_LETTERS);
    return meant === null || clusterFile[meant] !== undefined
      ? []
      : [
          inCluster(
            `/${pointerSegment(key)}`,
            `${shownKey(key)} is not a key of talmox and is kept for your own templates; did you mean ${meant}?`,
          ),
        ];
  });
}

function credentials({ clusterFile }: RuleContext): Finding[] {
  const [first, ...others] = Object.entries(clusterFile)
    .filter(([key, value]) => isCredentialKey(key) && typeof value === 'string')
    .map(([key]) => key);
  if (first === undefined) return [];
  const all = [first, ...others].map(shownKey).join(', ');
  return [
    inCluster(
      `/${pointerSegment(first)}`,
      `${all} ${others.length === 0 ? 'holds a credential' : 'hold credentials'}: nothing of it is rendered, but do not commit this file`,
    ),
  ];
}

/** Browsers and most tools take 443 where a URL names no port; Proxmox VE listens on 8006. */
function apiPort({ clusterFile, refused }: RuleContext): Finding[] {
  const written = clusterFile.proxmox_api_url;
  if (written === undefined || refused.has('proxmox_api_url') || parseUrl(written)?.port !== null) return [];
  const url = written.replace(/\/+$/, '');
  return [
    inCluster(
      '/proxmox_api_url',
      `proxmox_api_url names no port, so 8006 is taken; write ${shownKey(`${url}:8006`)}, or ${shownKey(`${url}:443`)} where a reverse proxy answers`,
    ),
  ];
}

/** In the keys that talmox reads: others are rendered nowhere. No key of a node takes a text that may be anything. */
function renderedCredentials({ clusterFile }: RuleContext): Finding[] {
  const read = Object.entries(clusterFile).filter(([key]) => CLUSTER_KEYS.includes(key) && !isCredentialKey(key));
  return textsIn(Object.fromEntries(read), '', '')
    .filter(({ key, text }) => holdsCredential(text) || isCredentialValue(key, text))
    .map(({ pointer }) =>
      inCluster(
        pointer,
        `${dotted(pointerKeys(pointer).map(shownKey))} holds a credential, and what stands here is rendered into out/, which is committed; write it without the credential`,
      ),
    );
}

interface WrittenText {
  /** The nearest one: that of the list for an entry. */
  readonly key: string;
  readonly text: string;
  readonly pointer: string;
}

/** Texts and numbers: a credential may be made of digits. */
function textsIn(value: unknown, pointer: string, key: string): WrittenText[] {
  if (typeof value === 'string' || typeof value === 'number') return [{ key, text: String(value), pointer }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) =>
    textsIn(child, `${pointer}/${pointerSegment(name)}`, Array.isArray(value) ? key : name),
  );
}

export const writtenRules = [
  {
    code: 'ALIAS_AND_KEY',
    severity: 'error',
    summary: 'Only one of an alias (cores, memory, disk_size) and its key is written.',
    check: aliasAndKey,
  },
  {
    code: 'ALIAS_USED',
    severity: 'warning',
    summary: 'cores, memory and disk_size are read as vm_cores, vm_memory and vm_disk_size.',
    check: aliasUsed,
  },
  {
    code: 'BGP_INCOMPLETE',
    severity: 'error',
    summary: 'All three cilium_bgp keys are written, or none.',
    check: bgpIncomplete,
  },
  {
    code: 'SANS_DUPLICATE',
    severity: 'warning',
    summary: 'A certificate name is listed once.',
    check: duplicateSans,
  },
  {
    code: 'LIKELY_TYPO',
    severity: 'warning',
    summary: 'An unknown top-level key of cluster.yaml does not look like a known one.',
    check: likelyTypo,
  },
  {
    code: 'CREDENTIAL_IN_INPUT',
    severity: 'warning',
    summary: 'Credentials are in the environment, not in cluster.yaml.',
    check: credentials,
  },
  {
    code: 'API_PORT',
    severity: 'warning',
    summary: 'proxmox_api_url names its port.',
    check: apiPort,
  },
  {
    code: 'CREDENTIAL_RENDERED',
    severity: 'warning',
    summary: 'What is rendered into out/ holds no credential: out/ is committed.',
    check: renderedCredentials,
  },
] as const satisfies readonly RuleRow[];
