/** The Secret by which the provider reaches Proxmox, without what is secret in it. */

import type { VmCluster } from '../../model/cluster.ts';
import type { Manifest } from './manifest.ts';
import { CREDENTIALS_KEY, MANAGED_BY, secretName, SYSTEM_NAMESPACE } from './names.ts';

/** Placeholder for the token. */
const TOKEN_PLACEHOLDER = 'USER@REALM!TOKEN_ID=TOKEN_SECRET';

/**
 * The Secret with a placeholder for the token: what a team encrypts and what the script fills in.
 * Every value of the JSON is a string; the provider fails on a bare `true`.
 */
export function secretExample(cluster: VmCluster): Manifest {
  const { apiUrl, insecure } = cluster.proxmox;
  const credentials = { endpoint: `${apiUrl}/`, api_token: TOKEN_PLACEHOLDER, insecure: String(insecure) };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: secretName(cluster),
      namespace: SYSTEM_NAMESPACE,
      labels: { ...MANAGED_BY, cluster: cluster.name },
    },
    type: 'Opaque',
    stringData: { [CREDENTIALS_KEY]: `${JSON.stringify(credentials, null, 2)}\n` },
  };
}

/** The same Secret as one line of JSON, in two parts: before and after the token. */
export function secretAroundToken(cluster: VmCluster): { readonly before: string; readonly after: string } {
  const [before = '', after = ''] = JSON.stringify(secretExample(cluster)).split(TOKEN_PLACEHOLDER);
  return { before, after };
}
