/** The tools of both backends that can be rehearsed: one may take over what the other has built. */

import { join } from 'node:path';
import type { RunnableBackend } from '../changes/table.ts';
import { need } from '../support.ts';
import { pythonTools } from './python.ts';
import { provider, settings, tofu } from './tofu.ts';

const ansible = pythonTools('ansible-newest', ['3.13', '3.12']);

/** Skips the test, by name, where a tool of the backend is not there. */
export function needTools(backend: RunnableBackend, skip: (note: string) => never): void {
  for (const tool of { ansible: [ansible], tofu: [tofu, provider] }[backend]) need(tool, skip);
}

/** What leads to the tools of both, as far as they are there. */
export function toolEnvironment(): Record<string, string> {
  const bin = 'path' in ansible ? ansible.path : '';
  const folders = [bin, 'path' in tofu ? join(tofu.path, '..') : '', process.env['PATH'] ?? ''];
  return {
    PATH: folders.filter((folder) => folder !== '').join(':'),
    TF_CLI_CONFIG_FILE: settings,
    ANSIBLE_HOME: join(bin, '..', 'home'),
    LC_ALL: 'C.UTF-8',
  };
}
