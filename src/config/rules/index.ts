/** The table of rules that hold whatever the targets. A target's own rules are in its folder. */

import type { RuleRow } from '../../model/rule.ts';
import { addressRules } from './addresses.ts';
import { imageRules } from './images.ts';
import { linkRules } from './links.ts';
import { machineRules } from './machines.ts';
import { networkRules } from './networks.ts';
import { nocloudRules } from './nocloud.ts';
import { nodeRules } from './nodes.ts';
import { platformRules } from './platform.ts';
import { settingRules } from './settings.ts';
import { talosRules } from './talos.ts';
import { writtenRules } from './written.ts';

export const sharedRules = [
  ...writtenRules,
  ...platformRules,
  ...networkRules,
  ...linkRules,
  ...addressRules,
  ...nodeRules,
  ...machineRules,
  ...talosRules,
  ...imageRules,
  ...settingRules,
  ...nocloudRules,
] as const satisfies readonly RuleRow[];
