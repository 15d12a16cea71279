/** The lowest and the highest id that Proxmox VE gives to a VM. Source: pve-common src/PVE/JSONSchema.pm, pve-vmid. */
export const VM_IDS = [100, 999_999_999] as const;
