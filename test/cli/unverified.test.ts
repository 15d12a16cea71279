/** What a template prints wrongly never reaches the disk. */

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type * as load from '../../src/io/load.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

const BROKEN = 'talos/images.yaml.j2';

vi.mock('../../src/io/load.ts', async (original) => {
  const real = await original<typeof load>();
  return {
    ...real,
    // To YAML 1.1 readers a truth value, to others a text.
    loadSources: (directory: string) => {
      const sources = real.loadSources(directory);
      return { ...sources, templates: new Map([...sources.templates, [BROKEN, { text: 'answer: yes\n' }]]) };
    },
  };
});

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => {
  space.remove();
});

it.each(['configure', 'check', 'diff'])('%s ends with 3, names the place, and writes nothing', async (command) => {
  const result = await space.cli(command);
  expect([result.exitCode, result.stderr]).toEqual([
    3,
    expect.stringMatching(
      /nothing was written\nout\/talos\/images\.yaml:4 yes .* \(templates\/talos\/images\.yaml\.j2\)$/m,
    ),
  ]);
  expect(space.exists('out')).toBe(false);
});
