/**
 * What each rule of `change-rules.ts` does to a running guest.
 * Source: qemu-server src/PVE/QemuServer.pm, vmconfig_update_net, _disk, _agent, vm_deviceplug, vm_deviceunplug.
 */

import { splitList } from '../../schema/formats.ts';
import type { PropertyValues } from '../../schema/property-string.ts';
import { bootOrder, DRIVE, isCdrom, isCloudInit } from '../../state/config.ts';
import { fail } from '../../state/errors.ts';
import type { VirtualMachine } from '../../state/vms.ts';
import type { Rule } from './change-rules.ts';
import { plugProblem } from './network.ts';
import type { Asker } from './permissions.ts';
import { detach, keepUnused } from './unused.ts';

/** A change that a guest is to take. */
export interface Change {
  readonly asker: Asker;
  readonly vm: VirtualMachine;
  readonly key: string;
  /** `null`: the key goes. */
  readonly value: string | null;
  /** The volume of a drive goes too. */
  readonly force: boolean;
}

/** @returns whether the guest takes it now. @throws ApiError where it tries and fails */
type Take = (change: Change) => boolean;

const DEFAULT_FEATURES = ['network', 'disk', 'usb'];

function hasFeature({ config }: VirtualMachine, feature: string): boolean {
  const value = config.get('hotplug') ?? '1';
  return (value === '1' ? DEFAULT_FEATURES : splitList(value)).includes(feature);
}

export const TAKE: Readonly<Record<Rule, Take>> = {
  'at once': () => true,
  'next start': () => false,
  balloon: takeBalloon,
  agent: takeAgent,
  'hotplug list': takeHotplug,
  NIC: (change) => (change.value === null ? hasFeature(change.vm, 'network') : takeNic(change, change.value)),
  drive: (change) => (change.value === null ? unplugDrive(change) : takeDrive(change, change.value)),
  tablet: ({ vm }) => hasFeature(vm, 'usb'),
  'USB device': ({ vm }) => hasFeature(vm, 'usb') && plugsUsb(vm),
  vcpus: takeVcpus,
  memory: takeMemory,
};

/** The balloon device itself cannot be plugged: only its size changes. */
function takeBalloon({ vm, value }: Change): boolean {
  const before = vm.config.get('balloon');
  return value === null ? before !== '0' : (before === '0') === (value === '0');
}

function takeAgent({ asker, vm, key, value }: Change): boolean {
  const before = vm.config.get(key);
  if (before === undefined || value === null) return false;
  return differing(asker, key, before, value).every((name) => name === 'fstrim_cloned_disks');
}

/** Sub-keys that two property strings do not share. */
function differing({ host }: Asker, key: string, before: string, after: string): string[] {
  const [old, next] = [host.configs.parse(key, before) ?? {}, host.configs.parse(key, after) ?? {}];
  return [...new Set([...Object.keys(old), ...Object.keys(next)])].filter((name) => old[name] !== next[name]);
}

function takeHotplug({ vm, value }: Change): boolean {
  return !/cpu|memory/.test(`${vm.config.get('hotplug') ?? ''} ${value ?? ''}`);
}

function plugsUsb({ config }: VirtualMachine): boolean {
  const [, major, minor] = /-(\d+)\.(\d+)/.exec(config.get('machine') ?? '') ?? [];
  const isNew = major === undefined || Number(major) > 7 || (Number(major) === 7 && Number(minor) >= 1);
  return isNew && /^(l26|win(8|1\d))$/.test(config.get('ostype') ?? '');
}

function takeVcpus({ vm, value }: Change): boolean {
  if (!hasFeature(vm, 'cpu')) return false;
  const count = (key: string): number => Number(vm.config.get(key) ?? 1);
  if (value !== null && Number(value) > count('sockets') * count('cores'))
    fail("you can't add more vcpus than maxcpus");
  return true;
}

/** What a guest with pluggable memory has without any module. */
export const STATIC_MEMORY_MIB = 1024;

function takeMemory({ vm, value }: Change): boolean {
  if (!hasFeature(vm, 'memory')) return false;
  if (Number(/\d+/.exec(value ?? '')?.[0] ?? 512) < STATIC_MEMORY_MIB)
    fail(`memory can't be lower than ${STATIC_MEMORY_MIB} MB`);
  return true;
}

/** What needs the NIC itself to be another; anything else is done to the host's end of the cable. */
const NIC_ITSELF = ['model', 'macaddr', 'queues', 'mtu'];
/** What moves the host's end of the cable. */
const MOVES_CABLE: ReadonlySet<string> = new Set(['bridge', 'tag', 'trunks', 'firewall']);

function takeNic({ asker, vm, key }: Change, next: string): boolean {
  const { host } = asker;
  const before = vm.config.get(key);
  const nic = host.configs.parse(key, next) ?? {};
  const changed = before === undefined ? [] : differing(asker, key, before, next);
  const isNew =
    before === undefined ||
    NIC_ITSELF.some((name) => changed.includes(name)) ||
    host.configs.parse(key, before)?.['bridge'] === undefined ||
    nic['bridge'] === undefined;
  if (isNew && !hasFeature(vm, 'network')) return false;
  const isMoved = isNew || changed.some((name) => MOVES_CABLE.has(name));
  const problem = isMoved ? plugProblem(host, vm.node, nic) : null;
  // QEMU tells nothing but that its script failed. Its number is a guess.
  if (problem !== null)
    fail(isNew ? 'network script /usr/libexec/qemu-server/pve-bridge-hotplug failed with status 512' : problem);
  return true;
}

/** What QEMU cannot change about a disk it has open. */
const FIXED = ['aio', 'discard', 'iothread', 'queues', 'product', 'cache', 'ssd', 'vendor', 'ro'];

function takeDrive(change: Change, value: string): boolean {
  const { asker, vm, key } = change;
  const { configs } = asker.host;
  const next = configs.drive(key, value);
  const old = configs.drive(key, vm.config.get(key) ?? '');
  const mayPlug = hasFeature(vm, 'disk');
  if (next !== null && old !== null) {
    if ((old.media ?? 'disk') !== (next.media ?? 'disk')) fail('unable to change media type');
    if (isCdrom(old)) {
      if (next.file === 'none' && isCloudInit(old.file)) keepUnused(asker, vm, old);
      return true;
    }
    if (next.file === old.file) return !differsIn(old, next, FIXED);
    if (!mayPlug) return false;
    needUnpluggable(vm, key);
    keepUnused(asker, vm, old);
  }
  return mayPlug && !isFixedBus(key);
}

function differsIn(a: PropertyValues, b: PropertyValues, names: readonly string[]): boolean {
  return names.some((name) => a[name] !== b[name]);
}

function unplugDrive({ asker, vm, key, force }: Change): boolean {
  if (!hasFeature(vm, 'disk')) return false;
  needUnpluggable(vm, key);
  detach(asker, vm, key, force);
  return true;
}

function isFixedBus(key: string): boolean {
  return /^(ide|sata)/.test(key);
}

/** A change of the boot order waits for the next start like the disk that is to leave it. */
function needUnpluggable({ config }: VirtualMachine, key: string): void {
  if (bootDisks(config.get('boot'), config.get('bootdisk')).includes(key)) fail(`can't unplug bootdisk '${key}'`);
  if (isFixedBus(key)) fail(`can't unplug device '${key}'`);
}

function bootDisks(boot: string | undefined, older: string | undefined): string[] {
  const order = bootOrder(boot);
  return (order.length > 0 || older === undefined ? order : [older]).filter((device) => DRIVE.test(device));
}
