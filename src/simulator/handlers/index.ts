/** Every endpoint the simulator answers. */

import { ACCESS_CHANGE_HANDLERS } from './access-changes.ts';
import { ACCESS_HANDLERS } from './access.ts';
import type { Handlers } from './call.ts';
import { CLUSTER_HANDLERS } from './cluster.ts';
import { CONTAINER_HANDLERS } from './containers.ts';
import { HA_HANDLERS } from './ha.ts';
import { withHa } from './ha-guests.ts';
import { HA_PLACEMENT_HANDLERS } from './ha-placement.ts';
import { DOWNLOAD_HANDLERS } from './downloads.ts';
import { NETWORK_HANDLERS } from './network.ts';
import { NODE_HANDLERS } from './nodes.ts';
import { POOL_HANDLERS } from './pools.ts';
import { CLONE_HANDLERS } from './qemu/clone.ts';
import { CLOUD_INIT_HANDLERS } from './qemu/cloud-init.ts';
import { CREATE_HANDLERS } from './qemu/create.ts';
import { DESTROY_HANDLERS } from './qemu/destroy.ts';
import { DRIVE_HANDLERS } from './qemu/drives.ts';
import { LIFECYCLE_HANDLERS } from './qemu/lifecycle.ts';
import { MIGRATE_HANDLERS } from './qemu/migrate.ts';
import { MOVE_DISK_HANDLERS } from './qemu/move-disk.ts';
import { READ_HANDLERS } from './qemu/read.ts';
import { SUSPEND_HANDLERS } from './qemu/suspend.ts';
import { UPDATE_HANDLERS } from './qemu/update.ts';
import { SDN_HANDLERS } from './sdn.ts';
import { withQuorum } from './quorum.ts';
import { STORAGE_HANDLERS } from './storage.ts';
import { TASK_HANDLERS } from './tasks.ts';

const OWN: Handlers = {
  ...ACCESS_HANDLERS,
  ...ACCESS_CHANGE_HANDLERS,
  ...CLUSTER_HANDLERS,
  ...SDN_HANDLERS,
  ...NODE_HANDLERS,
  ...NETWORK_HANDLERS,
  ...TASK_HANDLERS,
  ...STORAGE_HANDLERS,
  ...DOWNLOAD_HANDLERS,
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
  ...SUSPEND_HANDLERS,
  ...MIGRATE_HANDLERS,
  ...CONTAINER_HANDLERS,
  ...HA_HANDLERS,
  ...HA_PLACEMENT_HANDLERS,
};

/** What high availability and a lost quorum make of calls stands before the handlers, not in them. */
export const HANDLERS: Handlers = withQuorum(withHa(OWN));
