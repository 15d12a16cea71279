/** The table of targets. A word here is a flag value, a help line, a folder of `templates/` and of `out/`. */

import type { BackendName } from '../model/backend-name.ts';
import type { Backend, Target } from '../model/target.ts';
import { ansible } from './ansible/index.ts';
import { crossplane } from './crossplane/index.ts';
import { nocloud } from './nocloud/index.ts';
import { talos } from './talos/index.ts';
import { tasksTarget } from './tasks/index.ts';
import { tofu } from './tofu/index.ts';

/** Targets that build VMs; the runner's `--target` takes their names. */
export const backends = { ansible, crossplane, tofu } as const satisfies Record<BackendName, Backend>;

const builders: readonly Target[] = [ansible, crossplane, tofu, talos, nocloud];

/** Every target, in the order in which docs and help list them. */
export const targets: readonly Target[] = [...builders, tasksTarget(builders)];
