/** The composite resource definition: the API that a TalosNode is an object of. */

import type { Cluster } from '../../model/cluster.ts';
import type { Manifest } from './manifest.ts';
import { COMPOSITE, compositeResource, MANAGED_BY } from './names.ts';
import { TALOS_NODE_SCHEMA } from './talos-node-schema.ts';

/**
 * The definition. It depends on the API group alone, so several Talos clusters share it.
 * Compositions are named by content and chosen by the node, hence updates may be automatic.
 */
export function definition(cluster: Cluster): Manifest {
  const { kind, plural, singular, version } = COMPOSITE;
  return {
    apiVersion: 'apiextensions.crossplane.io/v2',
    kind: 'CompositeResourceDefinition',
    metadata: { name: compositeResource(cluster), labels: MANAGED_BY },
    spec: {
      scope: 'Namespaced',
      group: cluster.crossplane.group,
      names: { kind, listKind: `${kind}List`, plural, singular },
      defaultCompositionUpdatePolicy: 'Automatic',
      versions: [
        {
          name: version,
          served: true,
          referenceable: true,
          additionalPrinterColumns: [
            { name: 'Role', type: 'string', jsonPath: '.spec.role' },
            { name: 'Host', type: 'string', jsonPath: '.spec.nodeName' },
            { name: 'VMID', type: 'integer', jsonPath: '.spec.vmId' },
            { name: 'Address', type: 'string', jsonPath: '.spec.initialization.ipConfig[0].ipv4[0].address' },
          ],
          schema: { openAPIV3Schema: TALOS_NODE_SCHEMA },
        },
      ],
    },
  };
}
