import { describe, expect, it } from 'vitest';
import { schematicOf } from '../../src/model/schematic.ts';

describe('schematic ids equal the Image Factory’s', () => {
  it.each([
    ['nothing', [], [], '376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba'],
    [
      'the guest agent',
      ['siderolabs/qemu-guest-agent'],
      [],
      'ce4c980550dd2ab1b17bbf2b08801c7eb59418eafe8f279833297925d67c7515',
    ],
    [
      'two extensions in order',
      ['siderolabs/nfsrahead', 'siderolabs/qemu-guest-agent'],
      [],
      '29d123fd0e746fccd5ff52d37c0cdbd2d653e10ae29c39276b6edb9ffbd56cf4',
    ],
  ])('%s', (_name, extensions, kernelArgs, id) => {
    expect(schematicOf(extensions, kernelArgs).id).toBe(id);
  });

  it('takes the kernel arguments before the extensions', () => {
    const { id, text } = schematicOf(['siderolabs/qemu-guest-agent'], ['talos.logging.kernel=udp://127.0.0.1:6050']);
    expect(id.slice(0, 8)).toBe('a7f294c4');
    expect(text).toContain('    extraKernelArgs:\n        - talos.logging.kernel=udp://127.0.0.1:6050\n');
  });

  it('changes with the order of the extensions', () => {
    expect(schematicOf(['a/b', 'c/d'], []).id).not.toBe(schematicOf(['c/d', 'a/b'], []).id);
  });

  it.each([
    ['-talos.halt_if_installed', '        - -talos.halt_if_installed\n'],
    ['{}', "        - '{}'\n"],
    ['true', "        - 'true'\n"],
    ['it’s: here', "        - 'it’s: here'\n"],
  ])('quotes %s as Go does', (argument, line) => {
    expect(schematicOf([], [argument]).text).toContain(line);
  });
});
