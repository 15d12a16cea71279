/** CPU models that exist without being defined first. Source: the model list of the Proxmox VE administration guide. */

const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  '': [
    'host',
    'max',
    'kvm32',
    'kvm64',
    'qemu32',
    'qemu64',
    '486',
    'athlon',
    'core2duo',
    'coreduo',
    'pentium',
    'pentium2',
    'pentium3',
    'phenom',
  ],
  'x86-64': ['-v2', '-v2-AES', '-v3', '-v4'],
  Opteron: ['_G1', '_G2', '_G3', '_G4', '_G5'],
  EPYC: ['', '-IBPB', '-v3', '-v4', '-Rome', '-Rome-v2', '-Rome-v3', '-Rome-v4', '-Milan', '-Milan-v2', '-Genoa'],
  Broadwell: ['', '-IBRS', '-noTSX', '-noTSX-IBRS'],
  'Cascadelake-Server': ['', '-noTSX', '-v2', '-v4', '-v5'],
  Haswell: ['', '-IBRS', '-noTSX', '-noTSX-IBRS'],
  'Icelake-Client': ['', '-noTSX'],
  'Icelake-Server': ['', '-noTSX', '-v3', '-v4', '-v5', '-v6'],
  'Skylake-Client': ['', '-IBRS', '-noTSX-IBRS', '-v4'],
  'Skylake-Server': ['', '-IBRS', '-noTSX-IBRS', '-v4', '-v5'],
  IvyBridge: ['', '-IBRS'],
  Nehalem: ['', '-IBRS'],
  SandyBridge: ['', '-IBRS'],
  Westmere: ['', '-IBRS'],
  Cooperlake: ['', '-v2'],
  SapphireRapids: ['', '-v2'],
  Conroe: [''],
  GraniteRapids: [''],
  KnightsMill: [''],
  Penryn: [''],
  SierraForest: [''],
};

export const CPU_MODELS: ReadonlySet<string> = new Set(
  Object.entries(FAMILIES).flatMap(([family, suffixes]) => suffixes.map((suffix) => `${family}${suffix}`)),
);

const AMD = /^(athlon|phenom|Opteron|EPYC)/;
const OF_HOST = /^(host|max|(kvm|qemu)(32|64)|x86-64-v\d(-AES)?)$/;

/** As a guest sees it; `default`: that of the host. Source: qemu-server src/PVE/QemuServer/CPUConfig.pm. */
export function cpuVendor(model: string): 'AuthenticAMD' | 'GenuineIntel' | 'default' {
  if (OF_HOST.test(model)) return 'default';
  return AMD.test(model) ? 'AuthenticAMD' : 'GenuineIntel';
}
