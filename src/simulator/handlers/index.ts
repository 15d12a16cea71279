/** Every endpoint the simulator answers. */

import { ACCESS_HANDLERS } from './access.ts';
import type { Handlers } from './call.ts';
import { CLUSTER_HANDLERS } from './cluster.ts';
import { NODE_HANDLERS } from './nodes.ts';
import { POOL_HANDLERS } from './pools.ts';
import { CLONE_HANDLERS } from './qemu/clone.ts';
import { CLOUD_INIT_HANDLERS } from './qemu/cloud-init.ts';
import { CREATE_HANDLERS } from './qemu/create.ts';
import { DESTROY_HANDLERS } from './qemu/destroy.ts';
import { DRIVE_HANDLERS } from './qemu/drives.ts';
import { LIFECYCLE_HANDLERS } from './qemu/lifecycle.ts';
import { MOVE_DISK_HANDLERS } from './qemu/move-disk.ts';
import { READ_HANDLERS } from './qemu/read.ts';
import { UPDATE_HANDLERS } from './qemu/update.ts';
import { STORAGE_HANDLERS } from './storage.ts';
import { TASK_HANDLERS } from './tasks.ts';

export const HANDLERS: Handlers = {
  ...ACCESS_HANDLERS,
  ...CLUSTER_HANDLERS,
  ...NODE_HANDLERS,
  ...TASK_HANDLERS,
  ...STORAGE_HANDLERS,
  ...POOL_HANDLERS,
  ...READ_HANDLERS,
  ...UPDATE_HANDLERS,
  ...CREATE_HANDLERS,
  ...CLONE_HANDLERS,
  ...DRIVE_HANDLERS,
  ...MOVE_DISK_HANDLERS,
  ...CLOUD_INIT_HANDLERS,
  ...LIFECYCLE_HANDLERS,
  ...DESTROY_HANDLERS,
};
