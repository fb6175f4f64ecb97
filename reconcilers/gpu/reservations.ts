import type { PciDevice, PciHost, Platform } from '../host/pci/model.ts';
import type { Finding } from './diagnose.ts';
import { neededFor } from './obstacles.ts';
import { resetBugOf } from './resetBug.ts';

/** Pure: what does not keep a device from being handed over, and a person should know before. */
export function reservations(device: PciDevice, pci: PciHost): readonly Finding[] {
  return [
    ...shown(device, pci),
    ...resets(device),
    ...leftOver(device),
    ...isolation(pci.platform),
    ...locked(device, pci.platform),
    ...lockable(pci.platform),
  ];
}

function degraded(reason: string, remedy: string): Finding {
  return { verdict: 'Degraded', reason, remedy };
}

/** It is not the only display, or it could not be handed over at all. */
function shown(device: PciDevice, pci: PciHost): readonly Finding[] {
  if (neededFor(device, pci).length > 0) return [];
  const screens = device.needs.flatMap((need) => (need.what === 'screen' ? [need.connector] : []));
  const console = device.needs.find(({ what }) => what === 'console');
  if (console !== undefined) {
    const by = console.what === 'console' ? console.by : '';
    return [
      degraded(
        `the host's console is on it (${by}), and goes dark when it is handed over`,
        "choose the other display as the first one in the firmware's settings",
      ),
    ];
  }
  if (screens.length === 0) return [];
  return [
    degraded(
      `a screen of the host's is on it (${screens.join(', ')}), and goes dark when it is handed over`,
      'plug the screen into the other display where the host shall be seen',
    ),
  ];
}

function resets(device: PciDevice): readonly Finding[] {
  const family = resetBugOf(device);
  if (family !== undefined) {
    return [
      degraded(
        `cards of the family ${family} do not come back from a reset: the second start of a machine may hang`,
        'install the module vendor-reset, then: echo device_specific > /sys/bus/pci/devices/' +
          `${device.address}/reset_method`,
      ),
    ];
  }
  if (device.resets || device.physicalFunction !== undefined) return [];
  return [
    degraded(
      'the kernel knows no way to reset it: it is fresh only once for each start of the host',
      device.above.length === 0
        ? 'start the host again before another machine gets it'
        : 'start the host again before another machine gets it, or put the card into a slot of its own, which can be reset as a whole',
    ),
  ];
}

function leftOver({ address, driver, driverOverride }: PciDevice): readonly Finding[] {
  if (driverOverride === undefined || driverOverride === driver) return [];
  const reason =
    driver === undefined
      ? `nobody drives it, and only ${driverOverride} may (driver_override)`
      : `${driver} drives it, and only ${driverOverride} may take it the next time (driver_override)`;
  return [
    degraded(reason, `give it back to all drivers: echo > /sys/bus/pci/devices/${address}/driver_override`),
  ];
}

function isolation({ iommu, vfio }: Platform): readonly Finding[] {
  const override = iommu.words.find((word) => word.startsWith('pcie_acs_override'));
  const unsafe = vfio.parameters.find((each) => /allow_unsafe_interrupts=[Y1]/.test(each));
  return [
    ...(override === undefined
      ? []
      : [
          degraded(
            `IOMMU groups are split by ${override}: devices may reach each other past the IOMMU`,
            'give devices only to machines that you trust, or take the word out of the kernel command line',
          ),
        ]),
    ...(unsafe === undefined
      ? []
      : [
          degraded(
            `${unsafe}: a machine can forge interrupts of the host's`,
            'switch on interrupt remapping in the firmware, and take the parameter out of /etc/modprobe.d',
          ),
        ]),
  ];
}

/** kernel_lockdown(7): modules have to be signed. A distribution's own are. */
function locked({ driver }: PciDevice, { lockdown, secureBoot, vfio }: Platform): readonly Finding[] {
  if (lockdown === undefined || lockdown === 'none' || driver === 'vfio-pci' || vfio.state !== 'module')
    return [];
  const why = secureBoot === true ? 'Secure Boot has locked the kernel' : 'the kernel is locked';
  return [
    degraded(
      `${why} (lockdown ${lockdown}), and vfio-pci is not loaded yet: it loads only if it is signed`,
      'see that it does: modprobe vfio-pci; sign it for this machine (mokutil --import) or switch Secure Boot off where it does not',
    ),
  ];
}

/** Less than a small machine needs is none at all. */
const least = 2 ** 30;

function lockable({ lockable: limit }: Platform): readonly Finding[] {
  if (limit === undefined) return [];
  const reason = `at most ${Math.floor(limit / 2 ** 20)}Mi of memory may be locked, and a machine with a device locks all of its own`;
  const remedy =
    'raise the limit where Nova is started: ulimit -l unlimited, or LimitMEMLOCK=infinity in its unit';
  return [{ verdict: limit < least ? 'Action Needed' : 'Degraded', reason, remedy }];
}
