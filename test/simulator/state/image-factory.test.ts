/** A simulated host downloads whatever an Image Factory would make. */

import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { factoryImage } from '../../../src/simulator/state/image-factory.ts';
import { pve, seed, type PveClient } from '../../support/pve.ts';

let client: PveClient | null = null;
afterEach(async () => {
  await client?.close();
  client = null;
});

const SCHEMATIC = '376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba';
const url = (file: string, version = '1.14.2', schematic = SCHEMATIC, factory = 'https://factory.talos.dev') =>
  `${factory}/image/${schematic}/v${version}/${file}`;
const MIB = 2 ** 20;

test.each([
  [url('nocloud-amd64.iso'), true],
  [url('nocloud-amd64-secureboot.iso'), true],
  [url('nocloud-amd64.qcow2'), true],
  [url('metal-arm64.raw.xz'), true],
  [url('nocloud-amd64.raw'), true],
  [url('nocloud-amd64.iso', '1.14.0-beta.0'), true],
  [url('nocloud-amd64.iso', '1.14.2', SCHEMATIC, 'https://images.example.com:8443/factory/eu'), true],
  [url('nocloud-amd64.iso', '1.14'), false],
  [url('nocloud-amd64.iso', '1.14.2', 'abc'), false],
  [url('nocloud-amd64.iso', '1.14.2', SCHEMATIC.toUpperCase()), false],
  [url('nocloud-amd64.txt'), false],
  [url('nocloud-riscv.iso'), false],
  [`${url('nocloud-amd64.iso')}?x=1`, false],
  [url('../nocloud-amd64.iso'), false],
  [`https://factory.talos.dev/pxe/${SCHEMATIC}/v1.14.2/nocloud-amd64.iso`, false],
])('%s is made: %s', (address, isMade) => {
  expect(factoryImage(address) !== null).toBe(isMade);
});

test('a file is always of the same size, and of another for another schematic or version', () => {
  const hex64 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
  const version = fc.tuple(fc.nat(3), fc.nat(20), fc.nat(9)).map((parts) => parts.join('.'));
  fc.assert(
    fc.property(hex64, hex64, version, version, (a, b, one, other) => {
      const size = (schematic: string, of: string) => factoryImage(url('nocloud-amd64.iso', of, schematic))?.size ?? 0;
      expect(size(a, one)).toBe(size(a, one));
      if (a !== b) expect(size(a, one)).not.toBe(size(b, one));
      if (one !== other) expect(size(a, one)).not.toBe(size(a, other));
      expect(size(a, one)).toBeGreaterThan(100 * MIB);
      expect(size(a, one)).toBeLessThan(200 * MIB);
    }),
  );
});

test('an image holds a disk, a smaller one with Secure Boot, and a disc only itself', () => {
  const of = (file: string) => factoryImage(url(file));
  expect(of('nocloud-amd64.qcow2')?.virtualSize).toBe(4_453_302_272);
  expect(of('nocloud-amd64-secureboot.qcow2')?.virtualSize).toBe(2_355_101_696);
  expect(of('nocloud-amd64.iso')?.virtualSize).toBe(of('nocloud-amd64.iso')?.size);
});

describe('on a host', () => {
  test('an upgrade downloads what no input has named', async () => {
    client = await pve({ seed: seed() });
    for (const version of ['1.13.0', '1.14.0']) {
      const address = url('nocloud-amd64.qcow2', version);
      const { size } = await client.get('/nodes/pve/query-url-metadata', { url: address });
      const filename = `talos-${version}.qcow2`;
      const form = { content: 'import', url: address, filename };
      expect(await client.task('POST', '/nodes/pve/storage/local/download-url', form)).toBe('OK');
      expect(client.simulator.host.storages.volume('pve', `local:import/${filename}`)).toMatchObject({
        size,
        virtualSize: 4_453_302_272,
      });
    }
    const nowhere = 'https://factory.talos.dev/image/none/v1.14.0/nocloud-amd64.qcow2';
    expect((await client.call('GET', '/nodes/pve/query-url-metadata', { url: nowhere })).reason).toBe(
      "invalid server response: '404 Not Found'",
    );
  });

  test('what the seed says of a URL goes first', async () => {
    const address = url('nocloud-amd64.iso');
    client = await pve({ seed: seed({ downloads: [{ url: address, size: 5 }] }) });
    expect((await client.get('/nodes/pve/query-url-metadata', { url: address })).size).toBe(5);
  });
});
