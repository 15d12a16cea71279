/** What `--help` says besides the lists that commander makes. */

/** Command -> lines of `$ talmox …` with what each is for. */
const EXAMPLES: Readonly<Record<string, readonly (readonly [line: string, purpose: string])[]>> = {
  init: [
    ['talmox init', 'write cluster.yaml and nodes.yaml here'],
    ['talmox -C clusters/home init', 'the same in another directory, which is created'],
  ],
  configure: [
    ['talmox configure', 'render out/'],
    ['talmox configure --dry-run', 'which files would change?'],
    ['talmox configure --force', 'overwrite what was edited in out/ by hand'],
  ],
  watch: [['talmox watch', 'render after every save; Ctrl-C ends']],
  validate: [
    ['talmox validate', 'all faults of the input at once'],
    ['talmox validate --strict', 'warnings fail too'],
    ['talmox validate --json', 'for an editor or a pipeline'],
  ],
  check: [
    ['talmox check', 'in CI: is out/ what the input renders to?'],
    ['talmox check --json', 'the same as one JSON object'],
  ],
  diff: [
    ['talmox diff', 'what would configure change?'],
    ['talmox diff | git apply', 'apply these changes and no others'],
  ],
  explain: [
    ['talmox explain', 'every value of the cluster'],
    ['talmox explain w-1', 'every value of a node'],
    ['talmox explain w-1 vm_memory', 'which default won?'],
    ['talmox explain vm_memory', 'the same of every node'],
  ],
  schema: [
    ['talmox schema', 'of cluster.yaml'],
    ['talmox schema nodes > nodes.schema.json', 'for an editor'],
  ],
  doctor: [
    ['talmox doctor', 'every program that some target needs'],
    ['talmox doctor --target ansible', 'only those of one backend; exit 1 when one is missing'],
  ],
  plan: [
    ['talmox plan --target tofu', 'what would change on Proxmox VE?'],
    ['talmox plan --target tofu --dry-run', 'which commands would that run?'],
  ],
  apply: [
    ['talmox apply --target ansible', 'create and change the VMs'],
    ['talmox apply --target tofu --dry-run', 'which commands would that run?'],
  ],
  status: [['talmox status --target crossplane', 'the VMs as the backend sees them']],
  destroy: [
    ['talmox destroy --target tofu', "asks for the cluster's name first"],
    ['talmox destroy --target tofu --confirm home', 'in CI, where there is nobody to ask'],
  ],
  simulate: [
    ['talmox simulate', 'one fresh host; prints what to put into the environment'],
    ['talmox simulate --seed cluster --port 8006', 'with the hosts and storages of cluster.yaml'],
    ['talmox simulate --pve 9.1 --seed 8.4-fresh', 'a host that was installed with 8.4 and upgraded since'],
    ['talmox simulate --seed three-hosts-shared', 'three hosts that share one storage'],
  ],
  rehearse: [
    ['talmox rehearse --target ansible', 'create, change and destroy the cluster, without a host'],
    ['talmox rehearse --target tofu --from main', 'what the change since main does to VMs that run'],
    ['talmox rehearse --target tofu --report markdown', 'for a pull request'],
  ],
  nocloud: [
    ['talmox nocloud serve', 'at nocloud.server_url'],
    [
      'talmox nocloud serve --private out/talos/clusterconfig',
      'nodes start configured; anybody on that network can read the secrets',
    ],
  ],
  record: [
    ['talmox record > shapes.json', 'keys and types of the answers of a host, no values: to add to a bug report'],
  ],
};

const OVERVIEW: readonly (readonly [line: string, purpose: string])[] = [
  ['talmox init', 'write a first cluster.yaml and nodes.yaml'],
  ['talmox configure', 'render out/'],
  ['talmox check', 'in CI: is out/ what the input renders to?'],
  ['talmox explain w-1 vm_memory', 'which default won?'],
  ['talmox plan --target ansible', 'what would change on Proxmox VE'],
  ['talmox apply --target tofu --dry-run', 'the commands, without running them'],
  ['talmox rehearse --target tofu', 'apply, plan, destroy on a simulated Proxmox VE'],
];

const EXIT_CODES = `
Exit codes: 0 done, 1 input or output needs a change, 2 usage, 3 template, 4 file system, 5 missing tool,
70 bug, 130 interrupted; apply, status and destroy return the code of their tool; plan: 0 no changes, 2 changes, 1 error.`;

export const programHelp = `${block(OVERVIEW)}\n${EXIT_CODES}`;

export function commandHelp(command: string): string {
  return block(EXAMPLES[command] ?? []);
}

function block(examples: readonly (readonly [line: string, purpose: string])[]): string {
  const width = Math.max(0, ...examples.map(([line]) => line.length));
  return ['', 'Examples:', ...examples.map(([line, purpose]) => `  $ ${line.padEnd(width)}  ${purpose}`)].join('\n');
}
