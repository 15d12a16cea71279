/** How a node gets its image and its configuration: defaults, and what cannot work. */

import { describe, expect, it } from 'vitest';
import { issueLine } from '../../src/cli/report.ts';
import { generateTexts } from '../support/pipeline.ts';
import { validateTexts } from '../support/validation.ts';

const PVE = 'proxmox_api_url: https://10.10.10.2:8006\nproxmox_node: pve1\n';
const cluster = (more: string, base = PVE): string =>
  `cluster_name: lab\nnode_cidr: 10.10.10.0/24\ncluster_api_addr: 10.10.10.5\ntalos_version: "1.14.0"\nkubernetes_version: "1.36.3"\n${base}${more}\n`;
const NODES = 'nodes: [{ name: n-1, address: 10.10.10.11, controller: true }]\n';
const METAL =
  'nodes: [{ name: n-1, address: 10.10.10.11, controller: true, mac_addr: "02:00:00:00:00:11", disk: /dev/sda }]\n';
const EMPTY = '376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba';
const AGENT = 'ce4c980550dd2ab1b17bbf2b08801c7eb59418eafe8f279833297925d67c7515';

const lines = (more: string, nodes = NODES): string[] => validateTexts(cluster(more), nodes).issues.map(issueLine);

describe('user-data', () => {
  it.each([
    ['', 'none'],
    ['nocloud: { method: cicustom }', 'partial'],
    ['nocloud: { method: nocloud-net, dhcp: true, server_url: "http://10.10.10.9" }', 'partial'],
    ['nocloud: { method: cicustom, user_data: none }', 'none'],
  ])('with %j is %s', (more, userData) => {
    expect(validateTexts(cluster(more), NODES).cluster?.nocloud.userData).toBe(userData);
  });

  it.each([
    [
      'nocloud: { user_data: include, server_url: "http://10.10.10.9" }',
      /NOCLOUD_USER_DATA .*include reaches no node with nocloud\.method ipconfig/,
    ],
    [
      'nocloud: { method: cicustom, user_data: include }',
      /NOCLOUD_SERVER_MISSING nocloud\.user_data include points to a server; write nocloud\.server_url/,
    ],
    [
      'nocloud: { method: nocloud-net, dhcp: true, user_data: include }',
      /NOCLOUD_SERVER_MISSING nocloud\.method nocloud-net fetches over HTTP/,
    ],
  ])('%s is one error', (more, message) => {
    expect(lines(more)).toEqual([expect.stringMatching(message)]);
  });
});

describe('the server URL', () => {
  it.each([
    'http://localhost:8080',
    'http://127.0.0.1:8080',
    'http://0.0.0.0',
    'http://[::1]:80/x',
    'https://LOCALHOST/',
  ])('%s means the node itself to every node', (url) => {
    expect(lines(`nocloud: { server_url: "${url}" }`)).toEqual([
      expect.stringMatching(/NOCLOUD_SERVER_URL .* means the node itself/),
    ]);
  });
  it.each(['http://10.10.10.9:8080/a;b', 'http://10.10.10.9/a?b=c', 'http://10.10.10.9/#a', 'http://10.10.10.9/a,b'])(
    '%s would be cut off in a serial',
    (url) => {
      expect(lines(`nocloud: { server_url: "${url}" }`)).toEqual([
        expect.stringMatching(/NOCLOUD_SERVER_URL .* an SMBIOS serial would cut it off/),
      ]);
    },
  );
  it.each(['ftp://10.10.10.9/', 'http://user:secret@10.10.10.9/', '10.10.10.9:8080', 'http://10.10.10.999/'])(
    '%s is none',
    (url) => {
      expect(lines(`nocloud: { server_url: "${url}" }`)).toEqual([expect.stringMatching(/SCHEMA_PATTERN/)]);
    },
  );
  it.each(['http://localhost.example/', 'http://10.10.10.9', 'https://conf/a/b///', 'http://[fd00::9]:8080/'])(
    '%s is one, with slashes at its end or without',
    (url) => {
      const { cluster: valid } = validateTexts(cluster(`nocloud: { server_url: "${url}" }`), NODES);
      expect(valid?.nodes[0]?.nocloudSerial).toBe(
        `ds=nocloud-net;s=${url.replace(/\/+$/, '')}/lab/n-1/;h=n-1;i=lab-n-1`,
      );
    },
  );
});

it('a VLAN that Talos tags is warned of where the first boot is untagged, for either reason', () => {
  expect(lines('node_vlan_tag: 22')).toEqual([expect.stringMatching(/VLAN_FIRST_BOOT .*ipconfig does not tell it/)]);
  expect(
    lines('node_vlan_tag: 22\nnocloud: { method: nocloud-net, dhcp: true, server_url: "http://10.10.10.9" }'),
  ).toEqual([expect.stringMatching(/VLAN_FIRST_BOOT .*sends its DHCP request without a tag/)]);
  expect(lines('node_vlan_tag: 22\nnocloud: { method: cicustom }')).toEqual([]);
});

describe('a schematic id', () => {
  it.each<[string, string, string, RegExp[]]>([
    ['alone', `schematic_id: ${EMPTY}`, NODES, []],
    [
      'that the extensions make',
      `schematic_id: ${AGENT}\ntalos: { extensions: [siderolabs/qemu-guest-agent] }`,
      NODES,
      [],
    ],
    [
      'of a node that the extensions make',
      'talos: { extensions: [siderolabs/qemu-guest-agent] }',
      NODES.replace('true', `true, schematic_id: ${AGENT}`),
      [],
    ],
    [
      'of other extensions',
      `schematic_id: ${EMPTY}\ntalos: { extensions: [siderolabs/qemu-guest-agent] }`,
      NODES,
      [new RegExp(`SCHEMATIC_MISMATCH schematic_id .* make \\(${AGENT}\\)`)],
    ],
    [
      'without the image options',
      `schematic_id: ${AGENT}\ntalos: { image: { bootloader: dual-boot } }`,
      NODES,
      [/SCHEMATIC_MISMATCH/],
    ],
    [
      'of a node, of another image',
      'talos: { extensions: [siderolabs/qemu-guest-agent] }',
      NODES.replace('true', `true, schematic_id: ${EMPTY}`),
      [new RegExp(`SCHEMATIC_OF_NODE warning: .* of n-1 .* make \\(${AGENT}\\)`)],
    ],
  ])('%s', (_, more, nodes, messages) => {
    expect(lines(more, nodes)).toEqual(messages.map((message): unknown => expect.stringMatching(message)));
  });
});

describe('the agent', () => {
  const agentOf = (more: string, nodes = NODES): boolean | undefined =>
    validateTexts(cluster(more), nodes).cluster?.nodes[0]?.vm?.agent;
  it.each([
    ['on by default, as its extension is in', '', true],
    ['off without its extension', 'talos: { extensions: [siderolabs/zfs] }', false],
    [
      'on with its extension among others',
      'talos: { extensions: [siderolabs/zfs, siderolabs/qemu-guest-agent] }',
      true,
    ],
    ['on with an id that says nothing of it', `schematic_id: ${EMPTY}`, true],
    ['off where the id is verified and it is not in', `schematic_id: ${EMPTY}\ntalos: { extensions: [] }`, false],
  ])('is %s', (_, more, agent) => {
    expect(agentOf(more)).toBe(agent);
  });
});

describe('extensions', () => {
  it.each([
    ['siderolabs/qemu-guest-agnet', /EXTENSION_UNKNOWN warning: .*did you mean siderolabs\/qemu-guest-agent\?/],
    ['somebody/thing', /EXTENSION_UNKNOWN warning: .*the Image Factory refuses a name that it does not know/],
  ])('%s', (name, message) => {
    expect(lines(`talos: { extensions: [${name}] }`)).toEqual([expect.stringMatching(message)]);
  });
});

describe('image options', () => {
  const board =
    'talos: { extensions: [], image: { overlay: { image: siderolabs/sbc-raspberrypi, name: rpi_generic, options: { serialConsole: true } } } }';

  it('that no VM can start from are errors', () => {
    expect(lines(board)).toEqual([
      expect.stringMatching(/IMAGE_NOT_FOR_VM overlay rpi_generic is for a single-board computer/),
    ]);
    expect(lines('talos: { image: { sector_size: 512 } }')).toEqual([]);
  });

  it('with an overlay lead to arm64 images of a board', () => {
    const { files } = generateTexts(cluster(board, ''), METAL);
    const images = files.find(({ path }) => path === 'talos/images.yaml')?.content ?? '';
    const id = validateTexts(cluster(board, ''), METAL).cluster?.talos.schematic.id ?? '';
    expect(images).toContain(`https://factory.talos.dev/image/${id}/v1.14.0/metal-arm64.raw.zst`);
    expect(images).toContain(`factory.talos.dev/metal-installer/${id}:v1.14.0`);
    expect(files.find(({ path }) => path === 'talos/schematic.yaml')?.content).toContain('serialConsole: true');
  });

  it.each([
    [
      'talos: { image: { bootloader: sd-boot } }\nproxmox_vm_advanced: { bios: seabios }',
      NODES,
      /BOOTLOADER_FIRMWARE bootloader sd-boot does not start on n-1: it has bios seabios/,
    ],
    [
      'talos: { image: { bootloader: grub } }',
      NODES.replace('true', 'true, secureboot: true'),
      /BOOTLOADER_FIRMWARE bootloader grub does not start on n-1: it has secureboot/,
    ],
    [
      'talos: { image: { enroll_keys: force } }',
      NODES,
      /SECUREBOOT_OPTIONS warning: talos\.image\.enroll_keys has no effect/,
    ],
    ['talos: { image: { bootloader: lilo } }', NODES, /SCHEMA_ENUM/],
    ['talos: { image: { sector_size: 1024 } }', NODES, /SCHEMA_ENUM/],
    ['talos: { image: { meta: [{ key: 300, value: a }] } }', NODES, /SCHEMA_RANGE/],
    ['talos: { image: { meta: [{ key: 12, value: "a\\nb" }] } }', NODES, /SCHEMA_PATTERN .*one line of printable text/],
    ['talos: { image: { overlay: { name: x } } }', NODES, /SCHEMA_REQUIRED/],
  ])('%s', (more, nodes, message) => {
    expect(lines(more, nodes)).toEqual([expect.stringMatching(message)]);
  });

  it('for Secure Boot are in the schematic and not in the image URL', () => {
    const nodes = NODES.replace('true', 'true, secureboot: true');
    const { files } = generateTexts(cluster('talos: { image: { enroll_keys: "off", bootloader: sd-boot } }'), nodes);
    const schematic = files.find(({ path }) => path === 'talos/schematic.yaml')?.content ?? '';
    // Quoted, or YAML 1.1 would make it false.
    expect(schematic).toContain('enrollKeys: "off"');
    const images = files.find(({ path }) => path === 'talos/images.yaml')?.content ?? '';
    for (const suffix of ['nocloud-amd64-secureboot.qcow2', 'nocloud-amd64-secureboot.iso'])
      expect(images).toContain(suffix);
    expect(images).toContain('/nocloud-installer-secureboot/');
  });
});
