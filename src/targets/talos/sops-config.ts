/** Whom sops encrypts the secrets for. */

import type { Cluster } from '../../model/cluster.ts';
import type { Document } from './document.ts';
import { secretsFile } from './task-view.ts';

/** `.sops.yaml` of `out/talos/`: sops takes the nearest one, looking upwards from where it runs. */
export function sopsConfig(cluster: Cluster): Document {
  return {
    creation_rules: [
      { path_regex: `^${secretsFile(cluster).replaceAll('.', '\\.')}$`, age: cluster.talos.ageRecipients.join(',') },
    ],
  };
}
