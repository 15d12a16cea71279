/** What the inventory cannot hold. */

import { nodePointer, type Finding, type RuleContext, type RuleRow } from '../../model/rule.ts';

/**
 * Groups of the inventory that could be a node's name (the others have an underscore), and the machine that runs
 * Ansible. A pattern such as `hosts: talos` finds the node alone then, and leaves out every other one.
 */
const TAKEN: ReadonlySet<string> = new Set(['all', 'localhost', 'talos', 'ungrouped']);

/** A team that declared another backend is not held to the limits of this one. */
function nodeName({ cluster: { nodes, proxmox } }: RuleContext): Finding[] {
  if (proxmox === null || (proxmox.defaultTarget !== null && proxmox.defaultTarget !== 'ansible')) return [];
  return nodes
    .filter(({ name }) => TAKEN.has(name))
    .map((node) => ({
      file: 'nodes.yaml',
      pointer: nodePointer(node, 'name'),
      message: `${node.name} is a name that Ansible's inventory uses for something else; rename the node (${node.name}-1), or set proxmox.default_target to the backend you use instead`,
    }));
}

export const ansibleRules = [
  {
    code: 'ANSIBLE_NODE_NAME',
    severity: 'error',
    summary: 'No node has the name of a group of the inventory, or of the machine that runs Ansible.',
    check: nodeName,
  },
] as const satisfies readonly RuleRow[];
