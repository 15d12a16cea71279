/**
 * Versions that the manifests and tasks are made for: what the templates print, and `doctor` asks for.
 *
 * What the management cluster runs is pinned together: a field of one release is an unknown field of
 * another. Versions lower than the provider's 1.15.0 refuse `agent.waitForIp.disabled`, lower than
 * 1.17.0 know no activation policies.
 */

export const VERSIONS = {
  /** Of Crossplane and of its Helm chart. */
  crossplane: '2.3.4',
  chartRepository: 'https://charts.crossplane.io/stable',
  // Packages must name registry and tag: there is no default registry since Crossplane 2.0.
  provider: 'xpkg.upbound.io/valkiriaaquaticamendi/provider-proxmox-bpg:v1.18.0',
  /** function-patch-and-transform, for style `composition`. */
  function: 'xpkg.crossplane.io/crossplane-contrib/function-patch-and-transform:v0.10.8',
  /** Crossplane's own program: the oldest whose `resource validate` is no beta, and the one that is tried. */
  cli: { minimum: '2.3.0', install: '2.5.0' },
  /** The oldest with server-side apply and diff. */
  kubectl: '1.22.0',
  helm: '3.8.0',
} as const;
