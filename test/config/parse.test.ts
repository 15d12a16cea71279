import { describe, expect, it } from 'vitest';
import { issueLine } from '../../src/cli/report.ts';
import { validate, type Validated } from '../../src/validate.ts';
import { cpuOf } from '../support/cpu.ts';
import { validateTexts } from '../support/validation.ts';

const CLUSTER = `cluster_name: home
node_cidr: 10.10.10.0/24
cluster_api_addr: 10.10.10.5
talos_version: "1.13.9"
kubernetes_version: "1.36.3"
proxmox_api_url: https://10.10.10.2:8006
proxmox_node: pve1
`;
const NODES = `nodes:
  - name: cp-1
    address: 10.10.10.11
    controller: true
`;

const lines = ({ issues }: Validated): string[] => issues.map(issueLine);
const places = ({ issues }: Validated): string[] =>
  issues.map(({ file, line, column, code }) => `${file}:${line}:${column} ${code}`);
const node = (rest: string): Validated => validateTexts(CLUSTER, `${NODES}    ${rest}\n`);
const cluster = (rest: string): Validated => validateTexts(`${CLUSTER}${rest}\n`, NODES);

describe('what editors and systems do to a file changes no position', () => {
  const faulty = `${NODES}    vm_cores: 99\n`;
  const place = ['nodes.yaml:5:15 SCHEMA_RANGE'];

  it.each([
    ['LF', faulty],
    ['CRLF', faulty.replaceAll('\n', '\r\n')],
    ['a byte-order mark', `\uFEFF${faulty}`],
    ['no end of line at the end', faulty.trimEnd()],
    ['a document end', `${faulty}...\n`],
  ])('%s', (_what, text) => {
    expect(places(validateTexts(CLUSTER, text))).toEqual(place);
  });

  it('flow style', () => {
    const text = 'nodes: [{ name: cp-1, address: 10.10.10.11, controller: true, vm_cores: 99 }]\n';
    expect(places(validateTexts(CLUSTER, text))).toEqual(['nodes.yaml:1:73 SCHEMA_RANGE']);
  });
});

describe('files that are no UTF-8 text', () => {
  const bytes = (clusterText: Uint8Array): string[] =>
    places(validate({ clusterText, nodesText: new TextEncoder().encode(NODES) }));

  it.each([
    ['UTF-16', Uint8Array.from(Buffer.from(`\uFEFF${CLUSTER}`, 'utf16le')), 'cluster.yaml:1:1 YAML_NOT_UTF8'],
    [
      'Latin-1',
      Uint8Array.from(Buffer.from(`${CLUSTER}note: caf\u00e9\n`, 'latin1')),
      'cluster.yaml:8:10 YAML_NOT_UTF8',
    ],
    ['a NUL byte', new TextEncoder().encode(`${CLUSTER}note: a\0b\n`), 'cluster.yaml:8:8 YAML_CONTROL_CHARACTER'],
    [
      'a lone carriage return',
      new TextEncoder().encode(`${CLUSTER}note: a\rb: c\n`),
      'cluster.yaml:8:8 YAML_CONTROL_CHARACTER',
    ],
  ])('%s', (_what, text, place) => {
    expect(bytes(text)).toEqual([place]);
  });

  it('take the replacement character where it was written', () => {
    expect(lines(cluster('note: "\uFFFD"'))).toEqual([]);
  });
});

describe('aliases and merge keys', () => {
  it('are applied: own keys win, then earlier merges', () => {
    const { cluster: resolved } = validateTexts(
      `${CLUSTER}base: &base { method: cicustom, dhcp: false }\nother: &other { dhcp: true, server_url: http://10.10.10.9 }\nnocloud: { <<: [*base, *other], method: ipconfig }\n`,
      NODES,
    );
    expect(resolved?.nocloud).toEqual({
      method: 'ipconfig',
      dhcp: false,
      serverUrl: 'http://10.10.10.9',
      userData: 'none',
    });
  });

  it('serve thousands of nodes', () => {
    const many = Array.from(
      { length: 2000 },
      (_, index) => `  - { <<: *base, name: n-${index}, address: 10.1.${index >> 8}.${index & 255} }\n`,
    );
    const text = `nodes:\n  - &base { name: cp-1, address: 10.9.0.1, controller: true, labels: { a: b } }\n${many.join('')}`;
    const wide = CLUSTER.replace('10.10.10.0/24', '10.0.0.0/8').replace('10.10.10.5', '10.9.0.5');
    expect(
      lines(validateTexts(`${wide}cluster_pod_cidr: 172.16.0.0/12\ncluster_svc_cidr: 192.168.0.0/16\n`, text)),
    ).toEqual([]);
  });

  it('a shared fault is one line at its source, a clash is at the alias that makes it', () => {
    const text = `nodes:
  - &base
    name: cp-1
    address: 10.10.10.11
    controller: true
    vm_cores: 99
  - <<: *base
    name: cp-2
  - <<: *base
    name: cp-3
`;
    expect(places(validateTexts(CLUSTER, text))).toEqual([
      'nodes.yaml:6:15 SCHEMA_RANGE',
      'nodes.yaml:7:9 ADDRESS_CLASH',
      'nodes.yaml:9:9 ADDRESS_CLASH',
    ]);
  });

  it.each([
    ['nocloud: *nope', 'cluster.yaml:8:10 YAML_ALIAS_UNKNOWN'],
    ['nocloud: { <<: 3 }', 'cluster.yaml:8:16 YAML_MERGE'],
    ['talos: &t\n  extensions: *t', 'cluster.yaml:9:15 YAML_ALIASES'],
    ['mine: &t [*t]', 'cluster.yaml:8:11 YAML_ALIASES'],
  ])('%s', (text, place) => {
    expect(places(cluster(text))).toEqual([place]);
  });
});

describe('values that YAML readers disagree on', () => {
  it.each(['0777', '0o777', '1e3', '1.5e3', '1E3'])('%s is refused', (text) => {
    expect(places(node(`vm_id: ${text}`))).toEqual(['nodes.yaml:5:12 YAML_AMBIGUOUS']);
  });

  it.each(['yes', 'on', 'No', 'off', 'y'])('controller: %s is refused', (text) => {
    expect(places(validateTexts(CLUSTER, NODES.replace('true', text)))).toContain('nodes.yaml:4:17 SCHEMA_TYPE');
  });

  it.each(['22:22', '1_000', '0b1010101', '9007199254740993', '.inf', '.nan', '1e999', '101.5', '2026-01-02'])(
    'vm_id: %s is refused once',
    (text) => {
      expect(lines(node(`vm_id: ${text}`))).toHaveLength(1);
    },
  );

  it('a MAC address of digits is the address where it is in quotes, and a number of base 60 to other readers where not', () => {
    expect(node('mac_addr: "52:54:00:12:34:56"').cluster?.nodes[0]?.macAddress).toBe('52:54:00:12:34:56');
    expect(node('mac_addr: 52:54:00:12:34:5a').cluster?.nodes[0]?.macAddress).toBe('52:54:00:12:34:5a');
    expect(lines(node('mac_addr: 52:54:00:12:34:56'))).toEqual([
      'nodes.yaml:5:15 YAML_AMBIGUOUS 52:54:00:12:34:56 is text here and 41135085296 to readers of YAML 1.1; write "52:54:00:12:34:56" for text',
    ]);
  });

  it.each([
    [
      'a value below a free mapping',
      'talos: { kubelet_config: { serializeImagePulls: no } }',
      /no is text here and false .* write false, or "no" for text$/,
    ],
    ['a value two levels down', 'talos: { kubelet_config: { memorySwap: { x: on } } }', /on is text here and true/],
    ['a key there', 'talos: { kubelet_config: { evictionHard: { off: "1" } } }', /off is text here and false/],
    [
      'a parameter',
      'talos: { sysctls: { net.core.x: 1_000 } }',
      /1_000 is text here and 1000 .* write "1_000" for text$/,
    ],
    ['an argument', 'talos: { extra_args: { kubelet: { v: 1:30 } } }', /1:30 is text here and 90/],
    ['a date', 'talos: { extra_args: { kubelet: { v: 2026-01-01 } } }', /is text here and a date/],
  ])('%s that the older rules read otherwise gets a word', (_what, line, message) => {
    expect(lines(cluster(line))).toEqual([expect.stringMatching(message)]);
    // In quotes it is what it is.
    expect(lines(cluster(line.replace(/(?<=[:{] )(no|on|off|1_000|1:30|2026-01-01)(?=[ :])/, '"$1"')))).toEqual([]);
  });

  it.each(['e1', 'E12', 'true', '1.5', '0x10', '10.10.10.1', '1.2.3', 'x-no'])('%s gets none', (value) => {
    expect(lines(cluster(`talos: { kubelet_config: { a: { b: ${value} } } }`))).toEqual([]);
  });

  it('says what to write once: where the schema knows the type, it says it', () => {
    expect(lines(node('secureboot: yes'))).toEqual([expect.stringMatching(/SCHEMA_TYPE .* write true$/)]);
    expect(lines(cluster('proxmox: { hosts: { pve1: { disk_storage: no } } }'))).toEqual([
      expect.stringMatching(/YAML_AMBIGUOUS no is text here/),
    ]);
  });

  it('keys of others may be what they like, but no key that looks like one of ours and is none', () => {
    expect(lines(cluster('my_labels: { on: yes, 0777: 1:30 }\n"no": 1\nmy_text: "a\\u202Eb"'))).toEqual([]);
    expect(lines(cluster('"proxmox_pool\\u200B": x'))).toEqual([
      expect.stringMatching(/YAML_CONTROL_CHARACTER the invisible character U\+200B stands here/),
    ]);
  });

  it.each([
    '\u202e',
    '\u2066',
    '\u200b',
    '\u200d',
    '\u2060',
    '\u00ad',
    '\ufe0f',
    '\u3164',
    '\ufeff',
    '\u{e0041}',
    '\uffff',
  ])('a value holds nothing that nobody sees (%j)', (character) => {
    const value = JSON.stringify(`a${character}b`).replace(
      /[^ -~]/gu,
      (raw) => `\\U${(raw.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`,
    );
    expect(places(cluster(`talos: { kubelet_config: { a: ${value} } }`))).toEqual([
      expect.stringMatching(/YAML_CONTROL_CHARACTER$/),
    ]);
  });

  it('what people write is none of that', () => {
    expect(lines(cluster('talos: { kubelet_config: { a: "Grüße, 日本語, עברית, 😀 – ½" } }'))).toEqual([]);
  });

  it('101.0 is 101, and zero has no sign', () => {
    expect(node('vm_id: 101.0').cluster?.nodes[0]?.vm?.vmId).toBe(101);
    expect(Object.is(node('vm_startup_delay: -0').cluster?.nodes[0]?.vm?.startup.upDelaySeconds, 0)).toBe(true);
  });

  it('what belongs to other tools is theirs, unless an alias brings it here', () => {
    expect(lines(cluster('my_mode: 0644\nmy_secret_ref: !vault abc\nmy_text: "a\\u0007"'))).toEqual([]);
    expect(places(cluster('mine: &m { wait_timeout: 0300 }\nansible: *m'))).toEqual([
      'cluster.yaml:8:26 YAML_AMBIGUOUS',
    ]);
  });
});

describe('files that are not what they should be get one line', () => {
  it.each([
    ['', 'nodes.yaml:1:1 YAML_EMPTY'],
    ['# nothing\n', 'nodes.yaml:1:1 YAML_EMPTY'],
    ['---\n', 'nodes.yaml:1:1 YAML_EMPTY'],
    ['null\n', 'nodes.yaml:1:1 YAML_EMPTY'],
    ['- a\n', 'nodes.yaml:1:1 YAML_ROOT'],
    ['nodes:\n', 'nodes.yaml:1:1 SCHEMA_REQUIRED'],
    ['nodes: []\n', 'nodes.yaml:1:8 SCHEMA_LENGTH'],
    ['nodes: text\n', 'nodes.yaml:1:8 SCHEMA_TYPE'],
    ['nodes:\n  - null\n', 'nodes.yaml:2:5 SCHEMA_TYPE'],
    ['nodes:\n  - text\n', 'nodes.yaml:2:5 SCHEMA_TYPE'],
  ])('%j', (text, place) => {
    expect(places(validateTexts(CLUSTER, text))).toEqual([place]);
  });

  it.each(['__proto__', 'constructor', 'toString', '""', '"a\\nb"'])('a node with the key %s', (key) => {
    const [line, ...rest] = lines(node(`${key}: 3`));
    expect(rest).toEqual([]);
    expect(line).toMatch(/^nodes\.yaml:5:5 SCHEMA_UNKNOWN_KEY [^\n]*$/);
  });

  it('says what a misspelt or foreign key may mean', () => {
    const text = NODES.replace('name:', 'nmae:').replace('address:', 'adress:');
    expect(lines(validateTexts(CLUSTER, `${text}    mac: bc:24:11:00:00:11\n    vmid: 101\n`))).toEqual([
      'nodes.yaml:2:5 SCHEMA_UNKNOWN_KEY node 1: unknown key nmae; did you mean name?',
      'nodes.yaml:3:5 SCHEMA_UNKNOWN_KEY node 1: unknown key adress; did you mean address?',
      'nodes.yaml:5:5 SCHEMA_UNKNOWN_KEY node 1: unknown key mac; did you mean mac_addr?',
      'nodes.yaml:6:5 SCHEMA_UNKNOWN_KEY node 1: unknown key vmid; did you mean vm_id?',
    ]);
    expect(lines(validateTexts(CLUSTER.replace('node_cidr', 'node_cird'), NODES))).toEqual([
      'cluster.yaml:2:1 SCHEMA_REQUIRED node_cidr is missing; did you mean it by node_cird?',
    ]);
  });
});

describe('a key is as long as every reader takes one', () => {
  const key = (length: number): string => 'k'.repeat(length);
  const FORMS: readonly (readonly [form: string, text: (key: string) => string])[] = [
    ['of a block', (name) => `talos:\n  kubelet_config:\n    ${name}: 1`],
    ['in quotes', (name) => `talos:\n  kubelet_config:\n    "${name}": 1`],
    ['with a question mark', (name) => `talos:\n  kubelet_config:\n    ? ${name}\n    : 1`],
    ['in braces', (name) => `talos:\n  kubelet_config: { ${name}: 1 }`],
  ];
  it.each(FORMS)('%s', (_form, text) => {
    expect(lines(cluster(text(key(400))))).toEqual([]);
    for (const length of [401, 1020, 1024, 1025, 5000])
      expect(lines(cluster(text(key(length)))), String(length)).toEqual([
        expect.stringMatching(/^cluster\.yaml:\d+:\d+ YAML_KEY_TOO_LONG .{20,120}; a key has at most 400$/),
      ]);
  });

  it('also where it is the key of somebody else, or none at all', () => {
    expect(places(cluster(`${key(1100)}: 1`))).toEqual([
      expect.stringMatching(/^cluster\.yaml:8:1 YAML_KEY_TOO_LONG$/),
    ]);
    expect(places(cluster(key(1100)))).toEqual([expect.stringMatching(/^cluster\.yaml:8:1 YAML_SYNTAX$/)]);
  });
});

describe('files made to harm are refused at once', () => {
  const levels = 'bcdefghi'.split('').map(
    (name, index) =>
      `${name}: &${name} [${Array(9)
        .fill(`*${'abcdefgh'[index] ?? ''}`)
        .join(', ')}]`,
  );

  it.each([
    ['an expansion attack', `a: &a [x, x, x, x, x, x, x, x, x]\n${levels.join('\n')}`, 'YAML_ALIASES'],
    ['a long text behind many aliases', `a: &a "${'x'.repeat(100_000)}"\nb: [${'*a, '.repeat(110)}*a]`, 'YAML_ALIASES'],
    [
      'a list of long texts behind many aliases',
      `a: &a [${`"${'x'.repeat(1000)}", `.repeat(50)}]\nb: [${'*a, '.repeat(220)}*a]`,
      'YAML_ALIASES',
    ],
    [
      'long keys behind many aliases',
      `a: &a { ${'k'.repeat(399)}: 1 }\nb: [${'*a, '.repeat(27_000)}*a]`,
      'YAML_ALIASES',
    ],
    ['deep brackets', `a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`, 'YAML_NESTING'],
    ['deep mappings', `a: ${'{ a: '.repeat(500)}1${' }'.repeat(500)}`, 'YAML_NESTING'],
    ['millions of lines', '\n'.repeat(9_000_000), 'YAML_TOO_LARGE'],
    ['millions of entries', `a: [${'1,'.repeat(4_000_000)}1]`, 'YAML_TOO_LARGE'],
    ['millions of keys', Array.from({ length: 600_000 }, (_, index) => `k${index}: 1`).join('\n'), 'YAML_TOO_LARGE'],
  ])('%s', (_what, text, code) => {
    expect(
      cpuOf(() => {
        expect(cluster(text).issues.map((issue) => issue.code)).toEqual([code]);
      }),
    ).toBeLessThan(5000);
  });

  it('ten thousand unknown keys in one node are that many lines, in seconds', () => {
    const keys = Array.from({ length: 10_000 }, (_, index) => `    k${index}: 1\n`).join('');
    expect(
      cpuOf(() => {
        expect(validateTexts(CLUSTER, `${NODES}${keys}`).issues).toHaveLength(10_000);
      }),
    ).toBeLessThan(10_000);
  });
});

describe('addresses that only look like some', () => {
  it.each(['10.10.10', '10.10.10.011', '10.10.10.256', '10..10.5', 'fd00::5', '10.10.10.5/24', '0x0a.1.1.1'])(
    'cluster_api_addr: %s',
    (text) => {
      expect(places(validateTexts(CLUSTER.replace('10.10.10.5', `"${text}"`), NODES))).toEqual([
        'cluster.yaml:3:19 SCHEMA_PATTERN',
      ]);
    },
  );

  it.each([
    'https://10..10.2:8006',
    'https://10.10.10.256:8006',
    'https://123:8006',
    'https://[::::]:8006',
    'https://pve_1',
    'https://pve:99999',
    'pve:8006',
    'https://',
  ])('proxmox_api_url: %s', (text) => {
    expect(places(validateTexts(CLUSTER.replace('https://10.10.10.2:8006', `"${text}"`), NODES))).toEqual([
      'cluster.yaml:6:18 SCHEMA_PATTERN',
    ]);
  });

  it.each([':::::', '1:2:3', 'fd00::1::2', '12345::'])('node_dns_servers: %s', (text) => {
    expect(places(cluster(`node_dns_servers: ["${text}"]`))).toEqual(['cluster.yaml:8:20 SCHEMA_PATTERN']);
  });

  it.each(['fd00::1', '::1', '2606:4700:4700::1111', '1:2:3:4:5:6:7:8', 'fe80::1'])(
    'node_dns_servers: %s is one',
    (text) => {
      expect(lines(cluster(`node_dns_servers: ["${text}"]`))).toEqual([]);
    },
  );
});

describe('an address with a zone', () => {
  it.each(['node_dns_servers', 'node_ntp_servers', 'cluster_api_tls_sans'])(
    'holds in no setting of all nodes: %s',
    (key) => {
      expect(lines(cluster(`${key}: ["fe80::1"]`))).toEqual([]);
      for (const zone of ['%eth0', '%2', '%'])
        expect(lines(cluster(`${key}: ["fe80::1${zone}"]`))).toEqual([
          expect.stringMatching(
            new RegExp(
              `SCHEMA_PATTERN ${key}\\[0\\] must be an? .* such as .*, not "fe80::1${zone}"; a zone behind % is a link of one machine, and these are the settings of all$`,
            ),
          ),
        ]);
    },
  );
});

describe('a slip in the syntax is one line, where it is, with what to write', () => {
  const nodes = `${NODES}  - name: w-1\n    address: 10.10.10.21\n    controller: false\n`;
  const indentation =
    'this line is indented otherwise than those it belongs to; keys of one mapping, and dashes of one list, begin in one column';
  const noKey = 'this line is no key with a value; write a colon and a space between them';

  it.each([
    ['a key too far left', '    address: 10.10.10.11', '   address: 10.10.10.11', `3:4 YAML_SYNTAX ${indentation}`],
    ['a key too far right', '    address: 10.10.10.11', '      address: 10.10.10.11', `3:7 YAML_SYNTAX ${indentation}`],
    ['a dash too far left', '  - name: w-1', '- name: w-1', `5:1 YAML_SYNTAX ${indentation}`],
    [
      'a tab',
      '    address: 10.10.10.11',
      '\taddress: 10.10.10.11',
      '3:1 YAML_TAB a tab indents this line; YAML takes spaces only',
    ],
    [
      'no space after the dash',
      '  - name: cp-1',
      '  -name: cp-1',
      '2:3 YAML_SYNTAX a dash and its entry have a space between them',
    ],
    ['no space after the colon', 'address: 10.10.10.11', 'address:10.10.10.11', `3:5 YAML_SYNTAX ${noKey}`],
    ['no colon', 'address: 10.10.10.11', 'address 10.10.10.11', `3:5 YAML_SYNTAX ${noKey}`],
    [
      'a colon in a value',
      'name: cp-1',
      'name: cp: 1',
      '2:11 YAML_SYNTAX a value that holds a colon and a space has to be in quotes',
    ],
    [
      'a reserved character',
      'name: cp-1',
      'name: @cp',
      '2:11 YAML_SYNTAX a value cannot begin with @; put it in quotes',
    ],
    [
      'a template',
      'name: cp-1',
      'name: {{ name }}',
      '2:12 YAML_SYNTAX a key is a plain word, not a list, a mapping or an alias; put {{ }} in quotes',
    ],
    [
      'an open bracket',
      'controller: true',
      'taints: [',
      '5:3 YAML_SYNTAX a bracket before this is not closed; write ]',
    ],
    [
      'text behind quotes',
      'name: cp-1',
      'name: "cp" 1',
      '2:16 YAML_SYNTAX this belongs to nothing before it; look at indentation and quotes',
    ],
    [
      'an unfinished merge',
      '    controller: true',
      '<<<<<<< HEAD\n    controller: true\n=======\n>>>>>>> x',
      '4:1 YAML_SYNTAX <<<<<<< is a mark of a merge; keep one side and delete the marks',
    ],
  ])('%s', (_what, right, wrong, line) => {
    expect(lines(validateTexts(CLUSTER, nodes.replace(right, wrong)))).toEqual([`nodes.yaml:${line}`]);
  });

  it('is told where the file begins with it', () => {
    expect(lines(validateTexts(`cluster_name:home\n\n# a comment\n${CLUSTER}`, NODES))).toEqual([
      `cluster.yaml:1:1 YAML_SYNTAX ${noKey}`,
    ]);
  });

  it('is told once each, where the parser finds its way again', () => {
    const text = CLUSTER.replace('cluster_api_addr: ', 'cluster_api_addr ').replace(
      'proxmox_api_url: ',
      'proxmox_api_url:',
    );
    expect(lines(validateTexts(text, NODES))).toEqual([
      `cluster.yaml:3:1 YAML_SYNTAX ${noKey}`,
      `cluster.yaml:6:1 YAML_SYNTAX ${noKey}`,
    ]);
  });

  it('is told in time that grows with the file', () => {
    expect(
      cpuOf(() => {
        expect(lines(validateTexts(CLUSTER, 'a line\n'.repeat(20_000))).length).toBeGreaterThan(0);
      }),
    ).toBeLessThan(5000);
  });
});

it('quotes and brackets that a value lacks or has too many are named', () => {
  expect(lines(node('secureboot: "true"'))).toEqual([
    expect.stringMatching(/secureboot must be true or false, not "true"; leave the quotes out$/),
  ]);
  expect(lines(cluster('node_dns_servers: 10.10.10.1'))).toEqual([
    expect.stringMatching(/node_dns_servers must be a list, not "10.10.10.1"; put it in \[ \]$/),
  ]);
});
