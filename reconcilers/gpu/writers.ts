import type { HostView } from '../host/host.ts';
import { deviceOfWriter, writersCgroup } from '../host/pci/pciPort.ts';

/** Why nothing can be said of devices now: the kernel has not come back from a write to one of them. */
export async function stuckWhy(view: HostView, addresses: readonly string[]): Promise<string | undefined> {
  const writers = await view.members(writersCgroup(view.scope));
  for (const { pid, argv, cgroup } of writers.values()) {
    const address = deviceOfWriter(view.scope, cgroup);
    if (address !== undefined && addresses.includes(address))
      return `the kernel has not come back from a write to ${argv.at(-1) ?? address} (process ${pid}); see /proc/${pid}/stack`;
  }
  return undefined;
}
