/** What a person does at the host itself, beside the requests of a client: unlogged, as root. */

import { ApiError } from '../state/errors.ts';
import type { Host } from '../state/host.ts';
import { rootCall } from './call.ts';
import { HANDLERS } from './index.ts';

/**
 * Does what an endpoint does, and waits until its task has ended.
 * @param endpoint `POST /nodes/{node}/qemu/{vmid}/status/start`
 * @param parameters those of the path among them
 * @throws ApiError where the host refuses, or the task fails
 */
export async function asRoot(
  host: Host,
  endpoint: string,
  parameters: Readonly<Record<string, string>>,
): Promise<unknown> {
  const handler = HANDLERS[endpoint];
  if (handler === undefined) throw new Error(`the simulator has no endpoint '${endpoint}'`);
  const upids: string[] = [];
  const call = rootCall(host, parameters);
  const data = await (handler({
    ...call,
    start: (type, id, work) => {
      const upid = call.start(type, id, work);
      upids.push(upid);
      return upid;
    },
  }) as Promise<unknown>);
  await host.tasks.settled();
  for (const upid of upids) {
    const { exitStatus } = host.tasks.get(upid);
    if (exitStatus !== 'OK' && exitStatus?.startsWith('WARNINGS') !== true)
      throw new ApiError(500, exitStatus ?? 'the task did not end');
  }
  return data;
}

/** Stops a VM and starts it: what waits for a restart takes effect. @throws ApiError when it does not come up */
export async function powerCycle(host: Host, vmid: number): Promise<void> {
  const vm = host.vms.find(vmid);
  if (vm === undefined) throw new ApiError(500, `VM ${vmid} is not there`);
  const place = { node: vm.node, vmid: String(vmid) };
  await asRoot(host, 'POST /nodes/{node}/qemu/{vmid}/status/stop', place);
  await asRoot(host, 'POST /nodes/{node}/qemu/{vmid}/status/start', place);
}
