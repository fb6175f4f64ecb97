import { NovaError } from '../../schema/errors.ts';
import type { Job } from './converge.ts';
import { desiredNetwork } from './desired.ts';
import { lookAt } from './lookAt.ts';
import { netdevName, nicDevice, nicName, tapBackend } from './nic.ts';
import { vmPaths } from './paths.ts';

/** ms for an answer of a QEMU */
const patience = 5_000;
/** ms in which the system of a machine lets go of its card */
const letGo = 30_000;

/** What is behind a card goes with it; a name that is not there is as good as taken away. */
const withoutBackend = {
  execute: 'netdev_del',
  arguments: { id: netdevName },
  tolerate: 'absent',
} as const;

/** Plugs the card into a machine that runs, on its TAP. What is left of an attempt that was cut off goes first. */
export async function plugNic({ host, place, resource, deps }: Job): Promise<void> {
  const network = resource && desiredNetwork(place, resource, deps);
  const now = await lookAt(host.view(), place);
  if (network === undefined || now?.process === undefined || now.nic !== false) return;
  await host.qmp.run(
    vmPaths(place.scope, place.identity).qmp,
    [
      withoutBackend,
      { execute: 'netdev_add', arguments: tapBackend(place) },
      { execute: 'device_add', arguments: nicDevice(place, network.mtu) },
    ],
    patience,
  );
}

/** Asks the system of the machine to let go of its card, and takes away what is behind it, so that the TAP is free. */
export async function unplugNic({ host, place }: Job): Promise<void> {
  const { qmp } = vmPaths(place.scope, place.identity);
  const now = await lookAt(host.view(), place);
  if (now?.process === undefined || (now.nic === false && !now.attached)) return;
  const left = await host.qmp.detach(qmp, [nicName], letGo);
  if (left.length > 0) {
    const message = `${place.address} has not let go of its network card within ${letGo / 1000} s`;
    throw new NovaError('vm.busy', message, {
      hint: 'its system has to know how PCI devices are taken out (pciehp, or ACPI), and be up; or stop it, and apply again',
    });
  }
  await host.qmp.run(qmp, [withoutBackend], patience);
}
