/** Programs the tasks of this target run. */

import type { Tool } from '../../model/tool.ts';
import { VERSIONS } from './versions.ts';

export const tools: readonly Tool[] = [
  {
    name: 'kubectl',
    purpose: 'talks to the management cluster',
    versionArgs: ['version', '--client'],
    minimum: VERSIONS.kubectl,
    install: 'https://kubernetes.io/docs/tasks/tools/#kubectl',
  },
  {
    name: 'helm',
    purpose: 'installs Crossplane',
    versionArgs: ['version', '--short'],
    minimum: VERSIONS.helm,
    install: 'https://helm.sh/docs/intro/install/',
  },
  {
    name: 'crossplane',
    purpose: 'validates the manifests against the schemas of the packages',
    versionArgs: ['version', '--client'],
    minimum: VERSIONS.cli.minimum,
    install: `curl -sfL https://cli.crossplane.io/install.sh | XP_VERSION=v${VERSIONS.cli.install} sh`,
  },
  {
    name: 'kind',
    purpose: 'makes a local management cluster; needs a container engine',
    versionArgs: ['version'],
    minimum: null,
    install: 'https://kind.sigs.k8s.io/docs/user/quick-start/#installation',
  },
  {
    name: 'sh',
    purpose: 'hands the credentials to kubectl without an argument or a file',
    versionArgs: ['-c', 'echo POSIX shell'],
    minimum: null,
    install: 'part of every Unix; on Windows use WSL',
  },
];
