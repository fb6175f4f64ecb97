import { NovaError, toNovaError } from '../../schema/errors.ts';
import type { Host } from '../host/host.ts';
import type { PciState } from '../host/pci/model.ts';
import type { Original } from './record.ts';

/** The driver that lets a program have a device (Linux, Documentation/driver-api/vfio.rst). */
export const vfio = 'vfio-pci';

/** Drivers that keep a device for others, and make nothing of it for the host. */
export const keepers: ReadonlySet<string> = new Set([vfio, 'pci-stub']);

/**
 * Hands devices over to `vfio-pci`, all or none: when one write fails, those that were touched go back to where they
 * were, the last one first, and the failure is thrown. What is done already is not done again.
 * @param originals what each of them was before Nova's first write; they are written down already
 */
export async function handOver(
  host: Host,
  addresses: readonly string[],
  originals: readonly Original[],
): Promise<void> {
  const touched: string[] = [];
  try {
    for (const address of addresses) {
      const device = await find(host, address);
      if (device.driver === vfio && device.driverOverride === vfio) continue;
      touched.push(address);
      await take(host, device);
    }
    for (const address of touched) await resetAlone(host, address);
  } catch (error) {
    // What an earlier run took goes back too, or half of a group would stay; but not from whoever uses it already.
    const undone = addresses.toReversed();
    const failures = await giveBack(host, undone, originals);
    throw withLeft(
      error,
      failures.filter(({ code }) => code !== 'gpu.busy'),
    );
  }
}

/** The name alone comes first: nobody else takes it then when it is let go. */
async function take(host: Host, { address, driver, driverOverride }: PciState): Promise<void> {
  if (driverOverride !== vfio) await host.pci.override(address, vfio);
  if (driver === vfio) return;
  if (driver !== undefined) await host.pci.unbind(address);
  await host.pci.probe(address);
  const now = await find(host, address);
  if (now.driver !== vfio)
    throw new NovaError('gpu.driver', `${address} was not taken by ${vfio}`, {
      hint: `see why: dmesg | grep ${address}`,
    });
}

/** A reset that reaches others on the bus is left to QEMU, which does it when it has all of them. */
async function resetAlone(host: Host, address: string): Promise<void> {
  const { resetMethods = [] } = await find(host, address);
  if (resetMethods.some((method) => alone.has(method))) await host.pci.reset(address);
}

/** Linux, Documentation/ABI/testing/sysfs-bus-pci: `reset_method`. */
const alone: ReadonlySet<string> = new Set(['device_specific', 'acpi', 'flr', 'af_flr', 'pm']);

/**
 * Gives devices back to who drove them; one that is not there any more is given back. What fails does not keep the
 * others from it.
 * @returns what could not be given back
 */
export async function giveBack(
  host: Host,
  addresses: readonly string[],
  originals: readonly Original[],
): Promise<readonly NovaError[]> {
  const failures: NovaError[] = [];
  for (const address of addresses) {
    const original = originals.find((each) => each.address === address);
    try {
      if (original !== undefined) await restore(host, original);
    } catch (error) {
      failures.push(toNovaError(error));
    }
  }
  return failures;
}

/** By the name of its driver, so that the very one has it again where two would take it. */
async function restore(host: Host, { address, driver, override }: Original): Promise<void> {
  const now = await findIfThere(host, address);
  if (now === undefined) return;
  // A name alone that is another driver's would keep this one from it.
  const name = driver === undefined || override === driver ? override : undefined;
  if (now.driver !== driver) await refuseBusy(host, now);
  if (now.driver !== driver && now.driverOverride !== name) await host.pci.override(address, name);
  if (now.driver !== driver && now.driver !== undefined) await host.pci.unbind(address);
  if (now.driver !== driver && driver !== undefined) await host.pci.bind(address, driver);
  const left = await findIfThere(host, address);
  if (left !== undefined && left.driverOverride !== override) await host.pci.override(address, override);
}

/**
 * Lets the host's own driver have a device again.
 * @param driver the one that it had; undefined: any that fits
 */
export async function toHost(host: Host, address: string, driver: string | undefined): Promise<void> {
  const now = await find(host, address);
  try {
    await letDrive(host, now, driver);
  } catch (error) {
    const before = { address, driver: now.driver, override: now.driverOverride };
    throw withLeft(error, await giveBack(host, [address], [before]));
  }
}

async function letDrive(host: Host, now: PciState, driver: string | undefined): Promise<void> {
  const { address } = now;
  if (driver !== undefined) return restore(host, { address, driver, override: undefined });
  const free = now.driver === undefined;
  if (!free && keepers.has(now.driver)) {
    await refuseBusy(host, now);
    await host.pci.override(address, undefined);
    await host.pci.unbind(address);
  } else if (now.driverOverride !== undefined) await host.pci.override(address, undefined);
  if (free || keepers.has(now.driver)) await host.pci.probe(address);
}

/** Splits a device anew: from one number of functions to another the kernel goes through none. */
export async function split(host: Host, address: string, count: number): Promise<void> {
  const now = (await find(host, address)).sriov?.count ?? 0;
  if (now === count) return;
  if (now !== 0) {
    await refuseHeld(host, address);
    await host.pci.split(address, 0);
  }
  if (count === 0) return;
  try {
    await host.pci.split(address, count);
  } catch (error) {
    const undo = now === 0 ? [] : [host.pci.split(address, now)];
    const left = (await Promise.allSettled(undo)).flatMap((each) =>
      each.status === 'rejected' ? [toNovaError(each.reason)] : [],
    );
    throw withLeft(error, left);
  }
}

/** The kernel would wait until whoever has a function lets go of it, for ever perhaps (Linux, drivers/vfio: device_del). */
async function refuseHeld(host: Host, address: string): Promise<void> {
  const { functions } = await find(host, address);
  for (const each of functions) {
    const own = await findIfThere(host, each);
    if (own !== undefined) await refuseBusy(host, own);
  }
}

/**
 * A device that a program has open is not taken from it: the kernel would wait for the program.
 * @throws NovaError `gpu.busy`
 */
export async function refuseBusy(
  host: Host,
  { address, driver, group }: Pick<PciState, 'address' | 'driver' | 'group'>,
): Promise<void> {
  if (driver !== vfio) return;
  const [holder] = await host.view().holders(`/dev/vfio/${group}`);
  if (holder === undefined) return;
  const { pid, command } = holder;
  throw new NovaError('gpu.busy', `${address} is in use by process ${pid} (${command})`, {
    hint: 'stop what uses it, then run the same command again',
  });
}

async function find(host: Host, address: string): Promise<PciState> {
  const found = await findIfThere(host, address);
  if (found !== undefined) return found;
  throw new NovaError('gpu.missing', `there is no PCI device ${address} any more`, {
    hint: 'see what became of it: dmesg; or have the bus looked at again: echo 1 > /sys/bus/pci/rescan',
  });
}

/** As it is after the last write; the others on the bus are not looked at again. */
async function findIfThere(host: Host, address: string): Promise<PciState | undefined> {
  return await host.view().device(address);
}

/** The failure with what is left of it. */
function withLeft(error: unknown, left: readonly NovaError[]): NovaError {
  const first = toNovaError(error);
  if (left.length === 0) return first;
  const words = left.map(({ message }) => message).join('; ');
  return new NovaError(first.code, `${first.message}; and it could not be undone: ${words}`, {
    hint: first.hint,
    cause: error,
  });
}
