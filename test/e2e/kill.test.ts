import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PROGRAM, start } from '../support/program.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

const NODES = 6;
const KILLS = 5;

let space: Workspace;
beforeAll(() => {
  space = createWorkspace();
  write(4);
});
afterAll(() => {
  space.remove();
});

function write(cores: number): void {
  const nodes = Array.from(
    { length: NODES },
    (_, index) =>
      `  - { name: n-${index}, address: 10.10.10.${index + 20}, controller: ${index < 3}, vm_cores: ${cores}, mtu: ${1500 + cores} }`,
  );
  space.write('nodes.yaml', `nodes:\n${nodes.join('\n')}\n`);
}

async function configure(killAfterMs: number | null): Promise<number | null> {
  const { child, ended } = start(['configure'], { cwd: space.directory, stdio: 'ignore' });
  const timer = killAfterMs === null ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  const [code] = await ended;
  clearTimeout(timer);
  return code;
}

function checks(): boolean {
  try {
    execFileSync(process.execPath, [PROGRAM, 'check'], { cwd: space.directory, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

it('a run killed at any instant leaves nothing that check accepts by mistake, and the next run repairs it', async () => {
  const started = performance.now();
  await configure(null);
  const whole = performance.now() - started;
  for (let round = 0; round < KILLS; round += 1) {
    const cores = 5 + round;
    write(cores);
    const code = await configure(whole * (0.3 + (0.7 * round) / KILLS));
    // Every output of a node names its MTU: old and new cannot be mixed up.
    const mixed = new Set(
      Array.from(
        { length: NODES },
        (_, index) => space.read(`out/nocloud/n-${index}/network-config`).match(/mtu: (\d+)/)?.[1],
      ),
    );
    if (checks()) expect([...mixed]).toEqual([String(1500 + cores)]);
    else expect(code).not.toBe(0);
    // Another change on top of the half-written state must not make talmox' own files look edited.
    write(cores + 40);
    expect(await configure(null)).toBe(0);
    expect(checks()).toBe(true);
  }
});
