/** The table of targets. A word here is a flag value, a help line, a folder of `templates/` and of `out/`. */

import type { BackendName } from '../model/backend-name.ts';
import type { RuleRow } from '../model/rule.ts';
import type { Backend, Target } from '../model/target.ts';
import { ansible } from './ansible/index.ts';
import { crossplane } from './crossplane/index.ts';
import { nocloud } from './nocloud/index.ts';
import { talos } from './talos/index.ts';
import { tasksTarget } from './tasks/index.ts';
import { tofu } from './tofu/index.ts';

/** Targets that build VMs; the runner's `--target` takes their names. */
export const backends = { ansible, crossplane, tofu } as const satisfies Record<BackendName, Backend>;

const builders = [ansible, crossplane, tofu, talos, nocloud] as const satisfies readonly Target[];

/** The same with their types, from which the codes of their rules follow. */
const table = [...builders, tasksTarget(builders)] as const satisfies readonly Target[];

/** Every target, in the order in which docs and help list them. */
export const targets: readonly Target[] = table;

/** Codes of the rules that targets have for themselves. */
export type TargetCode = (typeof table)[number]['rules'][number]['code'];

/** The rules of all targets. */
export const targetRules: readonly RuleRow<TargetCode>[] = table.flatMap(
  ({ rules }): readonly RuleRow<TargetCode>[] => rules,
);
