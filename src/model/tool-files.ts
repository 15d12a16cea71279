/**
 * What the programs of the backends leave in `out/` beside what is rendered. talmox does not check any of it.
 *
 * Patterns are those of a `.gitignore`: `/` in front anchors in `out/`, `/` at the end means a folder, `*` stands for
 * anything but `/`, and `**` with a slash for any folders.
 */

/** Caches, plans, state, machine configurations and credentials: version control never sees them. */
export const NEVER_COMMITTED: readonly string[] = [
  '.DS_Store',
  '.task/',
  '/ansible/.ansible/',
  '/ansible/.collections/',
  '/ansible/.run/',
  '/ansible/**/*.retry',
  '/talos/.draft.*',
  '/talos/clusterconfig/',
  // `talosctl gen config` writes these two, with every secret in clear, to where it is run.
  '/talos/controlplane.yaml',
  '/talos/worker.yaml',
  '/talos/kubeconfig',
  '/talos/secrets.yaml',
  '/talos/talosconfig',
  '/talos/talsecret.yaml',
  '/tofu/.terraform/',
  '/tofu/.terraform.tfstate.lock.info',
  '/tofu/*.tfstate',
  '/tofu/*.tfstate.*',
  '/tofu/tfdestroy',
  '/tofu/tfplan',
];

/** Encrypted or without secrets, or the user's own to decide about. */
const LEFT_TO_THE_USER: readonly string[] = [
  '.gitkeep',
  '*.sops.yaml',
  '/talos/*secret*',
  '/tofu/.terraform.lock.hcl',
  '/tofu/*.tfvars',
];

const PATTERNS = [...NEVER_COMMITTED, ...LEFT_TO_THE_USER].map((pattern) => ({
  expression: expressionOf(pattern),
  isFolder: pattern.endsWith('/'),
}));

/** @param path below `out/`, with `/` between its parts */
export function isToolFile(path: string, isFolder: boolean): boolean {
  return PATTERNS.some((pattern) => pattern.expression.test(path) && (isFolder || !pattern.isFolder));
}

function expressionOf(pattern: string): RegExp {
  const wildcards: Readonly<Record<string, string>> = { '**/': '(?:.*/)?', '*': '[^/]*', '.': '\\.' };
  const body = pattern.replace(/^\/|\/$/g, '').replace(/\*\*\/|[*.]/g, (sign) => wildcards[sign] ?? sign);
  return new RegExp(`^${pattern.startsWith('/') ? '' : '(?:.*/)?'}${body}$`);
}
