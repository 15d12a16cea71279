/** `GET` and `POST .../migrate`. Source: qemu-server src/PVE/API2/Qemu.pm, src/PVE/QemuMigrate.pm, QemuMigrate/Helpers.pm. */

import { splitList } from '../../schema/formats.ts';
import { needNoLock, withoutLock } from '../../state/config-lock.ts';
import { ApiError, fail, parameterError } from '../../state/errors.ts';
import type { Host } from '../../state/host.ts';
import { needQuorum, needWritable } from '../../state/quorum.ts';
import type { VirtualMachine } from '../../state/vms.ts';
import { flag, need, needRootFor, vmOf, type Call, type Handlers } from '../call.ts';
import { motionOf, requestMove } from '../ha.ts';
import { isRedirected, sidOfVm, told } from '../ha-guests.ts';
import { copyVolumes, dropVolumes, localVolumes, useCopies, type StorageMap } from './migrated-volumes.ts';
import { attachments, needMovable, type Attachment } from './movable-volumes.ts';
import { needVm } from './permissions.ts';

const VM = '/nodes/{node}/qemu/{vmid}';

export const MIGRATE_HANDLERS: Handlers = {
  [`GET ${VM}/migrate`]: preconditions,
  [`POST ${VM}/migrate`]: migrate,
};

function preconditions(call: Call): unknown {
  const { host } = call;
  needQuorum(host);
  const vm = vmOf(call);
  needNoLock(vm);
  const others = host.nodes.map(({ name }) => name).filter((name) => name !== vm.node);
  const { together, blocking } = motionOf(host, sidOfVm(vm.vmid));
  const reasons = others.map((node) => [node, reasonsAgainst(host, vm, node, blocking.get(node))] as const);
  const isManaged = host.ha.isManaged(sidOfVm(vm.vmid));
  return {
    running: vm.pid === null ? 0 : 1,
    allowed_nodes: reasons.flatMap(([node, why]) => (why === null ? [node] : [])),
    not_allowed_nodes: Object.fromEntries(reasons.filter(([, why]) => why !== null)),
    local_disks: localDisks(host, vm),
    local_resources: localResources(vm),
    'mapped-resources': [],
    'mapped-resource-info': {},
    ...(host.version === '8.4' ? {} : { 'has-dbus-vmstate': 1 }),
    ...(host.version === '8.4' || !isManaged ? {} : { 'dependent-ha-resources': together }),
  };
}

function reasonsAgainst(host: Host, vm: VirtualMachine, node: string, blocking: unknown): unknown {
  const ids = [...new Set(attachments(host, vm).flatMap(({ storage }) => storage ?? []))].sort();
  const missing = ids.filter((id) => {
    const { nodes } = host.storages.get(id);
    return nodes !== null && !nodes.includes(node);
  });
  if (missing.length === 0 && blocking === undefined) return null;
  return {
    ...(missing.length === 0 ? {} : { unavailable_storages: missing }),
    ...(blocking === undefined ? {} : { 'blocking-ha-resources': blocking }),
  };
}

function localDisks(host: Host, vm: VirtualMachine): unknown[] {
  return attachments(host, vm)
    .filter(({ storage, file }) => file !== 'none' && (storage === null || !host.storages.get(storage).shared))
    .map(({ key, file, cdrom, unused, size }) => ({
      volid: file,
      drivename: key,
      cdrom: cdrom ? 1 : 0,
      is_unused: unused ? 1 : 0,
      ...(size === null ? {} : { size }),
    }));
}

/** Devices of the host. A serial port that is a socket is made anew there. */
function localResources(vm: VirtualMachine): string[] {
  return [...vm.config]
    .filter(
      ([key, value]) =>
        key === 'ivshmem' ||
        (/^(usb|hostpci|parallel|virtiofs)\d+$/.test(key) &&
          !/^(host=)?spice/i.test(value) &&
          !/mapping=/.test(value)) ||
        (/^serial\d+$/.test(key) && value !== 'socket'),
    )
    .map(([key]) => key)
    .sort();
}

function migrate(call: Call): unknown {
  const { host } = call;
  const target = need(call, 'target');
  if (target === need(call, 'node')) parameterError({ target: 'target is local node.' });
  needQuorum(host);
  host.node(target);
  needRootFor(call, 'force', 'migration_type', 'migration_network');
  const vm = vmOf(call);
  needNoLock(vm);
  if (vm.pid !== null && !flag(call, 'online')) fail("can't migrate running VM without --online");
  const map = storageMap(call, vm, target);
  if (isRedirected(call)) {
    const sid = sidOfVm(vm.vmid);
    return told(call, 'hamigrate', ['migrate', sid, target], () => {
      requestMove(host, sid, target, 'migrate');
    });
  }
  return call.start('qmigrate', vm.vmid, (run) =>
    host.migrationLocks.hold(vm.vmid, {}, () => new Migration(call, target, map, run.log, run.pause).run()),
  );
}

/** @throws ApiError for a storage that the target does not have */
function storageMap(call: Call, vm: VirtualMachine, target: string): StorageMap {
  const { host, user, parameters } = call;
  const entries = splitList(parameters['targetstorage'] ?? '1');
  const pairs = entries.filter((entry) => entry.includes(':')).map((entry) => entry.split(':') as [string, string]);
  const fallback = entries.find((entry) => !entry.includes(':') && entry !== '1') ?? null;
  if (!entries.includes('1')) {
    needVm({ host, user, vmid: vm.vmid }, 'VM.Config.Disk');
    for (const id of [...pairs.map(([, to]) => to), ...(fallback === null ? [] : [fallback])]) {
      const { content } = host.storages.on(target, id);
      host.access.need(user, `/storage/${id}`, 'Datastore.AllocateSpace');
      if (!content.includes('images')) fail(`storage '${id}' does not support vm images`);
    }
  } else for (const attachment of attachments(host, vm)) needOnTarget(host, target, attachment);
  const byId = new Map(pairs);
  return (id) => byId.get(id) ?? fallback ?? id;
}

function needOnTarget(host: Host, target: string, { storage, file, content, unused }: Attachment): void {
  if (storage === null || unused) return;
  if (!host.storages.on(target, storage).content.includes(content))
    fail(`${file}: content type '${content}' is not available on storage '${storage}'`);
}

/** The task. Whatever goes wrong in it, it ends as aborted, and its log says why. */
class Migration {
  readonly #call: Call;
  readonly #host: Host;
  readonly #target: string;
  readonly #map: StorageMap;
  readonly #write: (line: string) => void;
  readonly #pause: (bytes?: number) => Promise<void>;

  constructor(
    call: Call,
    target: string,
    map: StorageMap,
    write: (line: string) => void,
    pause: (bytes?: number) => Promise<void>,
  ) {
    this.#call = call;
    this.#host = call.host;
    this.#target = target;
    this.#map = map;
    this.#write = write;
    this.#pause = pause;
  }

  async run(): Promise<void> {
    const start = this.#host.clock.now();
    const vmid = Number(need(this.#call, 'vmid'));
    try {
      await this.#host.locks.hold(vmid, {}, () => this.#move());
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error instanceof MigrationProblems) {
        this.#log(`ERROR: migration finished with problems (duration ${duration(this.#host, start)})`);
        fail('migration problems');
      }
      this.#log(`ERROR: migration aborted (duration ${duration(this.#host, start)}): ${error.message}`);
      fail('migration aborted');
    }
    this.#log(`migration finished successfully (duration ${duration(this.#host, start)})`);
  }

  async #move(): Promise<void> {
    const host = this.#host;
    const vm = vmOf(this.#call);
    this.#prepare(vm);
    this.#log(`starting migration of VM ${vm.vmid} to node '${this.#target}' (127.0.0.1)`);
    vm.config.set('lock', 'migrate');
    host.vms.announce(vm);
    try {
      await this.#copyAndMove(vm);
    } catch (error) {
      if (error instanceof Error) this.#log(`ERROR: ${error.message}`);
      this.#log(`aborting phase ${error instanceof MigrationProblems ? 2 : 1} - cleanup resources`);
      withoutLock(vm);
      host.vms.announce(vm);
      throw error;
    }
  }

  /** What is seen before anything is locked. */
  #prepare(vm: VirtualMachine): void {
    const host = this.#host;
    needNoLock(vm);
    if (vm.pid !== null && !flag(this.#call, 'online')) fail("can't migrate running VM without --online");
    const devices = localResources(vm);
    if (devices.length > 0 && (vm.pid !== null || !flag(this.#call, 'force')))
      fail(`can't migrate VM which uses local devices: ${devices.join(', ')}`);
    for (const { storage, file, content } of attachments(host, vm)) {
      if (storage === null) continue;
      const wanted = host.storages.get(storage).shared ? storage : this.#map(storage);
      if (!host.storages.on(this.#target, wanted).content.includes(content))
        fail(`${file}: content type '${content}' is not available on storage '${wanted}'`);
    }
    if (!host.nodeStates.isOnline(this.#target)) fail("Can't connect to destination address using public key");
  }

  async #copyAndMove(vm: VirtualMachine): Promise<void> {
    const host = this.#host;
    const isRunning = vm.pid !== null;
    const withLocalDisks = flag(this.#call, 'with-local-disks');
    needMovable(host, vm, { isRunning, withLocalDisks, map: this.#map }, (line) => {
      this.#log(line);
    });
    const volumes = localVolumes(host, vm);
    const memory = isRunning ? host.describe(vm).memoryBytes : 0;
    await this.#pause(volumes.reduce((sum, { size }) => sum + size, 0) + memory);
    const copies = copyVolumes(host, vm, volumes, { target: this.#target, map: this.#map, isRunning }, (line) => {
      this.#log(line);
    });
    try {
      if (isRunning) this.#needToComeUp(vm);
      needWritable(host, vm.node, vm.vmid);
    } catch (error) {
      dropVolumes(host, this.#target, [...copies.values()]);
      throw error;
    }
    const source = vm.node;
    useCopies(host, vm, copies);
    withoutLock(vm);
    vm.node = this.#target;
    if (isRunning) {
      vm.pid = host.tasks.nextPid();
      vm.startedAt = host.clock.now();
    }
    dropVolumes(
      host,
      source,
      volumes.map(({ volid }) => volid),
    );
    host.vms.announce(vm);
  }

  /** The guest's memory goes to a process on the other side, which has to start. */
  #needToComeUp(vm: VirtualMachine): void {
    const bridges = this.#host.node(this.#target).bridges;
    for (const [key, value] of vm.config) {
      const bridge = /^net\d+$/.test(key) ? /(?:^|,)bridge=([^,]+)/.exec(value)?.[1] : undefined;
      if (bridge === undefined || bridges.includes(bridge)) continue;
      this.#log(`[${this.#target}] bridge '${bridge}' does not exist`);
      throw new MigrationProblems(500, 'online migrate failure - remote command failed with exit code 255');
    }
  }

  #log(line: string): void {
    this.#write(`${timestamp(this.#host.clock.now())} ${line}`);
  }
}

/** The second phase failed: the guest goes on where it was. */
class MigrationProblems extends ApiError {}

function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ');
}

function duration({ clock }: Host, start: number): string {
  const seconds = Math.floor((clock.now() - start) / 1000);
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}
