/** What a host says of its CPU models: the names that the rules for the input know too. */

export { CPU_MODELS } from '../../model/cpu-models.ts';

const AMD = /^(athlon|phenom|Opteron|EPYC)/;
const OF_HOST = /^(host|max|(kvm|qemu)(32|64)|x86-64-v\d(-AES)?)$/;

/** As a guest sees it; `default`: that of the host. Source: qemu-server src/PVE/QemuServer/CPUConfig.pm. */
export function cpuVendor(model: string): 'AuthenticAMD' | 'GenuineIntel' | 'default' {
  if (OF_HOST.test(model)) return 'default';
  return AMD.test(model) ? 'AuthenticAMD' : 'GenuineIntel';
}
