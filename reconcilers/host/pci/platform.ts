import type { PciDevice, Platform } from './model.ts';
import { readBlacklist } from './blacklist.ts';
import { readNvidia } from './nvidia.ts';
import { devicesFolder } from './readDevices.ts';
import { type KernelTree, numberIn } from './tree.ts';

/**
 * What of the machine decides about every device.
 * @param devices that it has
 */
export function readPlatform(tree: KernelTree, devices: readonly Pick<PciDevice, 'vendor'>[]): Platform {
  const kernel = tree.text('/proc/sys/kernel/osrelease');
  const words = (tree.text('/proc/cmdline') ?? '').split(/\s+/);
  return {
    kernel,
    cpu: readCpu(tree),
    guest: isGuest(tree, devices),
    visible: tree.names(devicesFolder).length > 0,
    iommu: {
      units: tree.names('/sys/class/iommu'),
      table: ['DMAR', 'IVRS', 'IORT'].find((name) => tree.names('/sys/firmware/acpi/tables').includes(name)),
      words: words.filter((word) =>
        /^(intel_iommu|amd_iommu|iommu|iommu\.\w+|pcie_acs_override)(=|$)/.test(word),
      ),
    },
    vfio: { state: vfioState(tree, kernel), parameters: vfioParameters(tree) },
    blacklist: readBlacklist(tree, words),
    lockdown: /\[(\w+)\]/.exec(tree.text('/sys/kernel/security/lockdown') ?? '')?.[1],
    secureBoot: readSecureBoot(tree),
    lockable: readLockable(tree),
    memory: readMemory(tree),
    nvidia: readNvidia(tree),
  };
}

function readCpu(tree: KernelTree): Platform['cpu'] {
  const text = tree.text('/proc/cpuinfo');
  if (text === undefined) return undefined;
  if (/^vendor_id\s*:\s*GenuineIntel$/m.test(text)) return 'intel';
  return /^vendor_id\s*:\s*(AuthenticAMD|HygonGenuine)$/m.test(text) ? 'amd' : 'other';
}

const virtio = '1af4';

/**
 * A processor of a virtual machine says so (CPUID leaf 1, ECX bit 31, which `/proc/cpuinfo` calls `hypervisor`); one that is
 * not of this family does not, and then its devices do.
 */
function isGuest(tree: KernelTree, devices: readonly Pick<PciDevice, 'vendor'>[]): boolean {
  const flags = /^flags\s*:(.*)$/m.exec(tree.text('/proc/cpuinfo') ?? '')?.[1];
  return flags?.split(' ').includes('hypervisor') ?? devices.some(({ vendor }) => vendor === virtio);
}

/** The last is NixOS's. */
const moduleFolders = ['/lib/modules', '/usr/lib/modules', '/run/booted-system/kernel-modules/lib/modules'];

function vfioState(tree: KernelTree, kernel: string | undefined): Platform['vfio']['state'] {
  if (tree.names('/sys/bus/pci/drivers').includes('vfio-pci'))
    return tree.names('/sys/module/vfio_pci').includes('initstate') ? 'loaded' : 'builtIn';
  let listed: string | undefined;
  for (const folder of moduleFolders) listed ??= tree.text(`${folder}/${kernel}/modules.dep`);
  return /\/vfio[-_]pci\.ko/.test(listed ?? '') ? 'module' : 'missing';
}

const parameters = [
  ['vfio_iommu_type1', 'allow_unsafe_interrupts'],
  ['vfio_pci', 'disable_idle_d3'],
  ['vfio_pci', 'disable_vga'],
  ['vfio_pci', 'ids'],
] as const;

function vfioParameters(tree: KernelTree): readonly string[] {
  return parameters.flatMap(([module, name]) => {
    const value = tree.text(`/sys/module/${module}/parameters/${name}`);
    return value === undefined || value === 'N' || value === '(null)' ? [] : [`${module}.${name}=${value}`];
  });
}

/** An EFI variable: four bytes of attributes, then its value. */
function readSecureBoot(tree: KernelTree): boolean | undefined {
  const path = '/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c';
  const value = tree.bytes(path, 4, 1)?.[0];
  return value === undefined ? undefined : value === 1;
}

const ipcLock = 1n << 14n;

/** The limit of what Nova starts (proc_pid_limits(5)); CAP_IPC_LOCK (capabilities(7)) lifts it. */
function readLockable(tree: KernelTree): number | undefined {
  const [, mask] = /^CapEff:\s*([0-9a-f]+)$/m.exec(tree.text('/proc/self/status') ?? '') ?? [];
  if (mask !== undefined && (BigInt(`0x${mask}`) & ipcLock) !== 0n) return undefined;
  const [, soft] = /^Max locked memory\s+(\S+)/m.exec(tree.text('/proc/self/limits') ?? '') ?? [];
  return soft === 'unlimited' ? undefined : numberIn(soft);
}

function readMemory(tree: KernelTree): number | undefined {
  const [, kibibytes] = /^MemTotal:\s+(\d+) kB$/m.exec(tree.text('/proc/meminfo') ?? '') ?? [];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}
