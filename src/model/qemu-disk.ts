/**
 * How a Linux guest names the disks of a Proxmox VM.
 *
 * `/dev/sda` and its like follow the order in which the kernel finds the disks. The links of udev
 * follow what QEMU says of itself: the drive (`drive-scsi1`), or on older machine types the serial
 * number where one is set.
 */

/** @param id `drive-scsi1`, or a serial number */
export function qemuDiskLink(id: string): string {
  return `/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_${id}`;
}
