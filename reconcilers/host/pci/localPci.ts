import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { NovaError } from '../../../schema/errors.ts';
import type { Originals } from '../sysctls.ts';
import type { Scope } from '../../identity.ts';
import type { CommandRunner } from '../commandRunner.ts';
import type { Mediated } from './model.ts';
import type { Pci } from './pciPort.ts';
import { createPciWriter } from './pciWrites.ts';

/** The PCI bus of this machine (Linux, Documentation/ABI/testing/sysfs-bus-pci). */
export function createPci(options: {
  readonly scope: Scope;
  readonly project: string;
  readonly runner: CommandRunner;
  readonly originals: Originals;
}): Pci {
  const { scope, project, runner, originals } = options;
  const write = createPciWriter(scope, runner.recorder);
  const bus = '/sys/bus/pci';
  const vfioFolder = `${bus}/drivers/vfio-pci`;
  const drivesAny = (): boolean => existsSync(vfioFolder) && readdirSync(vfioFolder).some(isAddress);
  const at = (address: string, name: string): string => `${bus}/devices/${checked(address)}/${name}`;
  const userOf = (user: string): string => `${scope.id}/${project}/${user}`;
  return {
    unbind: async (address) => {
      const file = at(address, 'driver/unbind');
      if (existsSync(file)) await write({ address, file, text: address });
    },
    // A line break alone takes the name away.
    override: (address, driver = '') =>
      write({ address, file: at(address, 'driver_override'), text: driver }),
    probe: (address) => write({ address, file: `${bus}/drivers_probe`, text: checked(address) }),
    bind: async (address, driver) => {
      const file = `${bus}/drivers/${named(driver)}/bind`;
      if (!existsSync(file)) throw noDriver(address, driver);
      await write({ address, file, text: address });
    },
    reset: (address) => write({ address, file: at(address, 'reset'), text: '1' }),
    split: (address, count) => write({ address, file: at(address, 'sriov_numvfs'), text: String(count) }),
    mediate: async (address, { uuid, type }: Mediated) => {
      if (existsSync(at(address, uuid))) return;
      await write({ address, file: at(address, `mdev_supported_types/${named(type)}/create`), text: uuid });
    },
    unmediate: async (address, uuid) => {
      const file = at(address, `${uuid}/remove`);
      if (existsSync(file)) await write({ address, file, text: '1' });
    },
    load: async (user) => {
      const there = existsSync(vfioFolder);
      // Each user of what the first has loaded counts: it would go with the first otherwise, from under the others.
      if (there && !originals.borrowed().some(({ key }) => key === moduleKey())) return;
      originals.borrow(moduleKey(), 'absent', userOf(user));
      if (!there) await runner.run({ argv: ['modprobe', 'vfio-pci'], effect: 'change' });
    },
    unload: async (user) => {
      if (
        !originals.borrowed().some(({ key, users }) => key === moduleKey() && users.includes(userOf(user)))
      ) {
        return;
      }
      const last = originals.giveBack(moduleKey(), userOf(user)) !== undefined;
      // Somebody else may use it by now, and then it stays: the kernel would take it from under a device that it drives.
      if (last && !drivesAny())
        await runner.finish({ argv: ['modprobe', '--remove', 'vfio-pci'], effect: 'change' });
    },
    remember: async (address, original, user) => {
      forgetOtherBoots(originals);
      return originals.borrow(deviceKey(address, userOf(user)), original, userOf(user));
    },
    forget: async (address, user) => {
      originals.giveBack(deviceKey(address, userOf(user)), userOf(user));
    },
  };
}

/** Whoever took a device first knows what it was: it is nobody else's to give back. */
function deviceKey(address: string, user: string): string {
  return `pci/${bootId()}/${address}/${user}`;
}

function moduleKey(): string {
  return `module/${bootId()}/vfio-pci`;
}

/** A machine that is started anew has its drivers as they were. */
function forgetOtherBoots(originals: Originals): void {
  for (const { key, users } of originals.borrowed()) {
    if (!/^(?:pci|module)\//.test(key) || key.split('/')[1] === bootId()) continue;
    for (const user of users) originals.giveBack(key, user);
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function noDriver(address: string, driver: string): NovaError {
  return new NovaError(
    'gpu.driver',
    `${address} cannot go back to its driver ${driver}, which is not there`,
    {
      hint: `load it, then run the same command again: modprobe ${driver}`,
    },
  );
}

function named(driver: string): string {
  if (/^[\w.-]+$/.test(driver) && !/^\.+$/.test(driver)) return driver;
  throw new NovaError('internal', `${JSON.stringify(driver)} is not the name of a driver`);
}

function isAddress(name: string): boolean {
  return /^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/.test(name);
}

function checked(address: string): string {
  if (isAddress(address)) return address;
  throw new NovaError('internal', `${JSON.stringify(address)} is not the address of a PCI device`);
}
