import { describe, expect, it } from 'vitest';
import type { ImageOptions } from '../../src/model/image-options.ts';
import { goScalar } from '../../src/model/go-scalar.ts';
import { schematicOf, type Customization } from '../../src/model/schematic.ts';

const PLAIN: ImageOptions = {
  overlay: null,
  meta: [],
  bootloader: null,
  enrollKeys: null,
  wellKnownCertificates: false,
  sectorSize: null,
};
const customization = (
  written: Partial<Omit<Customization, 'image'>> & { image?: Partial<ImageOptions> },
): Customization => ({
  extensions: written.extensions ?? [],
  kernelArgs: written.kernelArgs ?? [],
  image: { ...PLAIN, ...written.image },
});

describe('schematic ids equal the Image Factory’s', () => {
  it.each<[string, Parameters<typeof customization>[0], string]>([
    ['nothing', {}, '376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba'],
    [
      'kernel arguments',
      { kernelArgs: ['noapic', 'nolapic'] },
      '9cba8e32753f91a16c1837ab8abf356af021706ef284aef07380780177d9a06c',
    ],
    [
      'META',
      { image: { meta: [{ key: 10, value: 'foo' }] } },
      'd308a2a5ee2277bed5fbaa104fcbc8d59122abfa737df987a95b4ca763459a7f',
    ],
    [
      'well-known certificates',
      { image: { wellKnownCertificates: true } },
      'fa8e05f142a851d3ee568eb0a8e5841eaf6b0ebc8df9a63df16ac5ed2c04f3e6',
    ],
    [
      'sectors of 4096 bytes',
      { image: { sectorSize: 4096 } },
      '92833e9ddd9bb9e11b2464fa5525429f01866306d52ebd882ee08d7918f6d1ea',
    ],
    [
      'an overlay',
      { image: { overlay: { name: 'rpi_generic', image: 'siderolabs/sbc-raspberrypi', options: {} } } },
      'ee21ef4a5ef808a9b7484cc0dda0f25075021691c8c09a276591eedb638ea1f9',
    ],
    [
      'the guest agent',
      { extensions: ['siderolabs/qemu-guest-agent'] },
      'ce4c980550dd2ab1b17bbf2b08801c7eb59418eafe8f279833297925d67c7515',
    ],
    [
      'two extensions in order',
      { extensions: ['siderolabs/nfsrahead', 'siderolabs/qemu-guest-agent'] },
      '29d123fd0e746fccd5ff52d37c0cdbd2d653e10ae29c39276b6edb9ffbd56cf4',
    ],
    // The three below as the factory's own code computes them (`npm run proof:talos`).
    [
      'an argument and the guest agent',
      { kernelArgs: ['talos.logging.kernel=udp://127.0.0.1:6050'], extensions: ['siderolabs/qemu-guest-agent'] },
      'a7f294c4436e874167652f711750f9bc607c89f12f7c27f183584a25763a2bca',
    ],
    [
      'arguments that read as other things',
      { kernelArgs: ['true', '0x10', '-', '{}', '-x', '=', '<<', '1:20', "it's", '2020-01-01'] },
      '081c76a9a15058fc9760a3b7c0b9fb5bf238c47824c21dba3d3666637b9cd7e9',
    ],
    [
      'everything',
      {
        kernelArgs: ['quiet'],
        extensions: ['siderolabs/zfs'],
        image: {
          overlay: {
            image: 'siderolabs/sbc-raspberrypi',
            name: 'rpi_generic',
            options: { serialConsole: true, a: 'x: y', B: 1 },
          },
          meta: [
            { key: 10, value: '{"a": 1}' },
            { key: 12, value: 'b' },
          ],
          bootloader: 'sd-boot',
          enrollKeys: 'off',
          wellKnownCertificates: true,
          sectorSize: 512,
        },
      },
      'eb25dbbc3415d7ebc5c9250ba8d3c0e7f5aac9c64ef33498966d2e8e80644732',
    ],
  ])('%s', (_name, written, id) => {
    expect(schematicOf(customization(written)).id).toBe(id);
  });

  it('changes with the order of the extensions', () => {
    expect(schematicOf(customization({ extensions: ['a/b', 'c/d'] })).id).not.toBe(
      schematicOf(customization({ extensions: ['c/d', 'a/b'] })).id,
    );
  });
});

it.each([
  ['-talos.halt_if_installed', '-talos.halt_if_installed'],
  ['{}', "'{}'"],
  ['true', '"true"'],
  ['tRue', 'tRue'],
  ['off', '"off"'],
  ['1_000', '"1_000"'],
  ['0x1_0', '"0x1_0"'],
  ['0xg', '0xg'],
  ['08', '"08"'],
  ['1e999', '1e999'],
  ['0x10000000000000000', '0x10000000000000000'],
  ['2024-02-29', '"2024-02-29"'],
  ['2023-02-29', '2023-02-29'],
  ['a:', "'a:'"],
  ['a:b', 'a:b'],
  ["it's", "it's"],
  ["'", "''''"],
  ['--- a', "'--- a'"],
  ['', '""'],
])('%j is written %s, as Go does', (text, written) => {
  expect(goScalar(text)).toBe(written);
});
