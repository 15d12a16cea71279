/** How every VM is run, as it is to be: nothing restarts, and no disk of a pod goes with a VM. */
export const RUN = {
  started: true,
  rebootAfterUpdate: false,
  stopOnDestroy: true,
  purgeOnDestroy: true,
  deleteUnreferencedDisksOnDestroy: false,
  migrate: true,
};

export const POLICIES = ['Create', 'Observe', 'Update', 'Delete'];
