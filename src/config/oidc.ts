/** Login to Kubernetes with OpenID Connect, in the keys of the community's repositories. */

import type { ClusterFile } from '../model/files.gen.ts';
import type { Texts } from '../model/machine-settings.ts';
import { CLUSTER_DEFAULTS } from './defaults.ts';
import { builtIn, inCluster, type Scope } from './origin.ts';

type OidcKey = Exclude<Extract<keyof typeof CLUSTER_DEFAULTS, `kubernetes_oidc_${string}`>, 'kubernetes_oidc_enabled'>;

/** URL of the issuer of the tokens; `null` while OIDC is off, or a part of the URL is missing, which is reported. */
export function oidcIssuer(file: ClusterFile): string | null {
  const {
    kubernetes_oidc_enabled: isOn,
    keycloak_subdomain: host = CLUSTER_DEFAULTS.keycloak_subdomain,
    cloudflare_domain: domain,
    keycloak_realm: realm,
  } = file;
  return isOn !== true || domain === undefined || realm === undefined
    ? null
    : `https://${host}.${domain}/realms/${realm}`;
}

/** Flags of the API server. */
export function oidcArgs(file: ClusterFile, scope: Scope): Texts {
  const issuer = oidcIssuer(file);
  if (issuer === null) return {};
  const pick = (key: OidcKey): string =>
    scope.pick<string>(key, [inCluster(file[key], `/${key}`)], builtIn(CLUSTER_DEFAULTS[key]));
  return {
    'oidc-issuer-url': issuer,
    'oidc-client-id': pick('kubernetes_oidc_client_id'),
    'oidc-username-claim': pick('kubernetes_oidc_username_claim'),
    'oidc-username-prefix': pick('kubernetes_oidc_username_prefix'),
    'oidc-groups-claim': pick('kubernetes_oidc_groups_claim'),
    'oidc-groups-prefix': pick('kubernetes_oidc_groups_prefix'),
    'oidc-signing-algs': pick('kubernetes_oidc_signing_algs'),
  };
}
