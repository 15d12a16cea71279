/**
 * The id under which the CSI driver for Proxmox VE makes the volumes of pods, which it hangs into the VMs of a cluster: of
 * no VM that is there. Source: sergelogvinov/proxmox-csi-plugin, its default.
 */
export const CSI_OWNER = 9_999;
