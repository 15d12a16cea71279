/** A cloud-init drive: its image is made from the configuration, and not at once. */

import { afterAll, describe, expect, test } from 'vitest';
import { NODE, type Form, type PveClient } from '../../../support/pve.ts';
import { closeStages, current, pendingKeys, stage, volumes, type Guest } from './host.ts';

let client: PveClient;
afterAll(async () => {
  expect(await closeStages()).toEqual([]);
});

const DRIVES = { ide2: { storage: 'local-lvm', size: 0, cloudInit: true } };
const RUNNING: Guest = {
  running: true,
  drives: DRIVES,
  config: { ciuser: 'me', nameserver: '10.0.0.1', ipconfig0: 'ip=dhcp', net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0' },
};
const IMAGE = 'local-lvm:vm-101-cloudinit';
const MISSING = 'user=local:snippets/nope.yaml';

const put = (form: Form) => client.call('PUT', `${NODE}/101/config`, form);
const remake = () => client.call('PUT', `${NODE}/101/cloudinit`);
const differences = () => client.get(`${NODE}/101/cloudinit`);

describe('of a running guest', () => {
  test('the image stays as it was, and the difference can be seen', async () => {
    client = await stage(RUNNING);
    await put({ ciuser: 'you', searchdomain: 'lan', delete: 'nameserver' });
    expect(pendingKeys(client)).toEqual([]);
    expect(await differences()).toEqual([
      { key: 'searchdomain', pending: 'lan' },
      { key: 'ciuser', value: 'me', pending: 'you' },
      { key: 'nameserver', delete: 1 },
    ]);
    expect((await remake()).status).toBe(200);
    expect(await differences()).toEqual([
      { key: 'ciuser', value: 'you' },
      { key: 'searchdomain', value: 'lan' },
    ]);
  });

  test('what is set back is no difference', async () => {
    client = await stage(RUNNING);
    for (const form of [{ ciuser: 'you' }, { ciuser: 'they' }, { ciuser: 'me' }]) await put(form);
    await put({ searchdomain: 'lan' });
    await put({ delete: 'searchdomain' });
    expect(await differences()).toEqual([
      { key: 'ciuser', value: 'me' },
      { key: 'nameserver', value: '10.0.0.1' },
    ]);
  });

  test('a new address counts only where there was none', async () => {
    client = await stage(RUNNING);
    await put({ ipconfig0: 'ip=10.0.0.5/24', ipconfig1: 'ip=dhcp' });
    const keys = (await differences()).map(({ key }: { key: string }) => key);
    expect(keys).toEqual(['ipconfig1', 'ciuser', 'nameserver']);
  });

  test('a password is masked', async () => {
    client = await stage(RUNNING);
    await put({ cipassword: 'secret' });
    expect(await differences()).toContainEqual({ key: 'cipassword', pending: '**********' });
  });

  test.each(['status/reboot', 'status/stop'])('%s brings the image up to date', async (path) => {
    client = await stage(RUNNING);
    await put({ ciuser: 'you' });
    await client.task('POST', `${NODE}/101/${path}`);
    if (path === 'status/stop') await client.task('POST', `${NODE}/101/status/start`);
    expect(await differences()).toContainEqual({ key: 'ciuser', value: 'you' });
  });

  test('with its hotplug feature the image follows', async () => {
    client = await stage({ ...RUNNING, config: { ...RUNNING.config, hotplug: 'cloudinit' } });
    await put({ ciuser: 'you' });
    expect(await differences()).toContainEqual({ key: 'ciuser', value: 'you' });
    expect((await put({ cicustom: MISSING })).reason).toBe("volume 'local:snippets/nope.yaml' does not exist");
  });

  test('the drive set once more gets a new image', async () => {
    client = await stage(RUNNING);
    await put({ ciuser: 'you', ide2: `${IMAGE},media=cdrom` });
    expect(await differences()).toContainEqual({ key: 'ciuser', value: 'you' });
  });

  test('a snippet that is not there is noticed where the image is made', async () => {
    client = await stage(RUNNING);
    expect((await put({ cicustom: MISSING })).status).toBe(200);
    expect((await remake()).reason).toBe("volume 'local:snippets/nope.yaml' does not exist");
    await put({ delete: 'cicustom' });
    await put({ delete: 'ide2' });
    expect(await put({ cicustom: MISSING, revert: 'ide2' })).toMatchObject({
      status: 400,
      errors: { ide2: "hotplug problem - volume 'local:snippets/nope.yaml' does not exist\n" },
    });
  });

  test('the drive can be emptied, and its image goes', async () => {
    client = await stage(RUNNING);
    await put({ ciuser: 'you' });
    expect((await put({ ide2: 'none,media=cdrom' })).status).toBe(200);
    expect(volumes(client)).not.toContain(IMAGE);
    expect(await differences()).toContainEqual({ key: 'ciuser', value: 'you' });
  });

  test('an empty drive can become one, if the image can be made', async () => {
    const empty: Guest = { running: true, config: { ide2: 'none,media=cdrom' } };
    client = await stage(empty);
    expect(await put({ cicustom: MISSING, ide2: 'local-lvm:cloudinit' })).toMatchObject({
      status: 400,
      errors: { ide2: "hotplug problem - volume 'local:snippets/nope.yaml' does not exist\n" },
    });
    client = await stage(empty);
    expect((await put({ ide2: 'local-lvm:cloudinit' })).status).toBe(200);
    expect(current(client)['ide2']).toBe(`${IMAGE},media=cdrom`);
  });
});

describe('of a stopped VM', () => {
  test('a drive with a snippet that is not there: 500, and it was written all the same', async () => {
    client = await stage({});
    expect(await put({ cicustom: MISSING, ide2: 'local-lvm:cloudinit' })).toMatchObject({
      status: 500,
      reason: "volume 'local:snippets/nope.yaml' does not exist",
    });
    expect(current(client)).toMatchObject({ cicustom: MISSING, ide2: `${IMAGE},media=cdrom` });
    expect(pendingKeys(client)).toEqual([]);
    expect(await client.task('POST', `${NODE}/101/status/start`)).toBe(
      "volume 'local:snippets/nope.yaml' does not exist",
    );
  });

  test('a snippet alone is not looked for', async () => {
    client = await stage({ drives: DRIVES });
    expect((await put({ cicustom: MISSING })).status).toBe(200);
  });

  test('nothing differs: the start makes the image', async () => {
    client = await stage({ drives: DRIVES, config: { ciuser: 'me' } });
    await put({ ciuser: 'you' });
    expect(await differences()).toEqual([{ key: 'ciuser', value: 'you' }]);
  });

  test('a second drive is refused, and so is one over an image that is there', async () => {
    client = await stage({ drives: DRIVES });
    expect((await put({ ide0: 'local-lvm:cloudinit' })).reason).toBe(
      "ide0 - cloud-init drive is already attached at 'ide2'",
    );
    expect((await put({ ide2: 'local-lvm:cloudinit' })).reason).toBe(
      "disk image 'local-lvm:vm-101-cloudinit' already exists",
    );
    expect((await put({ ide0: `${IMAGE},media=cdrom` })).reason).toBe(
      "ide0 - cloud-init drive is already attached at 'ide2'",
    );
    await put({ delete: 'ide2' });
    expect((await put({ ide0: 'local-lvm:cloudinit' })).status).toBe(200);
  });

  test('a locked VM has its image left alone', async () => {
    client = await stage({ drives: DRIVES, config: { lock: 'backup' } });
    expect((await remake()).reason).toBe('VM is locked (backup)');
  });

  test('without a drive there is no image to make', async () => {
    client = await stage({ config: { cicustom: MISSING } });
    expect((await remake()).status).toBe(200);
  });
});

test('a new VM may name a snippet that is not there: the first start finds out', async () => {
  client = await stage({});
  const form = { vmid: 102, ide2: 'local-lvm:cloudinit', cicustom: MISSING };
  expect(await client.task('POST', NODE, form)).toBe('OK');
  expect(await client.task('POST', `${NODE}/102/status/start`)).toBe(
    "volume 'local:snippets/nope.yaml' does not exist",
  );
});
