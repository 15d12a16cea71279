/**
 * What the management cluster runs, pinned together: a field of one release is an unknown field of
 * another. Versions lower than the provider's 1.15.0 refuse `agent.waitForIp.disabled`, lower than
 * 1.17.0 know no activation policies.
 */

/** Release of Crossplane and of its Helm chart. */
export const CROSSPLANE_VERSION = '2.3.4';

export const CHART_REPOSITORY = 'https://charts.crossplane.io/stable';

/** Crossplane packages must name registry and tag: there is no default registry since 2.0. */
export const PROVIDER_PACKAGE = 'xpkg.upbound.io/valkiriaaquaticamendi/provider-proxmox-bpg:v1.18.0';

export const PATCH_AND_TRANSFORM_PACKAGE = 'xpkg.crossplane.io/crossplane-contrib/function-patch-and-transform:v0.10.8';
