/**
 * CPU models that exist without being defined first. Source: the model list of the Proxmox VE administration guide, and
 * for the later ones qemu-server src/PVE/QemuServer/CPUConfig.pm.
 */

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

/** Those of the simulated versions. */
export const CPU_MODELS: ReadonlySet<string> = new Set(namesOf(FAMILIES));

/** Those of releases after the simulated ones: hosts may have them. */
const LATER: Readonly<Record<string, readonly string[]>> = {
  EPYC: ['-v5', '-Rome-v5', '-Milan-v3', '-Genoa-v2', '-Turin'],
  'Icelake-Server': ['-v7'],
  SapphireRapids: ['-v3', '-v4'],
  GraniteRapids: ['-v2', '-v3'],
  SierraForest: ['-v2', '-v3'],
  ClearwaterForest: [''],
};

/** Every name that some release has. One that begins with `custom-` is defined on the host. */
export const KNOWN_CPU_MODELS: readonly string[] = [...CPU_MODELS, ...namesOf(LATER)];

function namesOf(families: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.entries(families).flatMap(([family, suffixes]) => suffixes.map((suffix) => `${family}${suffix}`));
}
