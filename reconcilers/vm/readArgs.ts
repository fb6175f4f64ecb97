import { nicPort } from './nic.ts';
import { isPort } from './passed.ts';
import type { Configuration } from './seen.ts';

/** Pure: what a command line of `qemuArgs` says; the reverse of it, as far as a NovaFile has words for it. */
export function readArgs(argv: readonly string[]): Configuration {
  const options = optionsOf(argv);
  const one = (name: string): string | undefined => options.get(name)?.at(-1);
  const devices = (options.get('-device') ?? []).map(parse);
  const card = devices.find(({ driver }) => driver === 'virtio-net-pci');
  const cpus = Number(one('-smp'));
  const mebibytes = Number(/^([0-9]+)M$/.exec(one('-m') ?? '')?.[1]);
  return {
    cpu: Number.isInteger(cpus) ? cpus : undefined,
    memory: Number.isInteger(mebibytes) ? mebibytes * 2 ** 20 : undefined,
    accel: one('-accel'),
    'boot.kernel': one('-kernel'),
    'boot.initrd': one('-initrd'),
    'boot.cmdline': one('-kernel') === undefined ? undefined : (one('-append') ?? ''),
    disk: devices.some(({ driver }) => driver === 'virtio-blk-pci'),
    mtu: card === undefined ? undefined : Number(card['host_mtu'] ?? 1500),
    nicPort: devices.some(({ id }) => id === nicPort),
    fixedNic: card !== undefined && card['bus'] !== nicPort,
    ports: devices.filter(({ id }) => isPort(id)).length,
    roms: Object.fromEntries(
      devices
        .filter(({ driver }) => driver === 'vfio-pci')
        // A mediated device is named by its folder, the last part of which is its UUID.
        .map(({ host, sysfsdev, romfile = '' }) => [
          typeof sysfsdev === 'string' ? sysfsdev.slice(sysfsdev.lastIndexOf('/') + 1) : String(host),
          String(romfile),
        ]),
    ),
  };
}

/** The value after an option is its own, whatever it looks like. */
function optionsOf([, ...words]: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const options = new Map<string, string[]>();
  for (let index = 0; index < words.length; index += 1) {
    const name = words[index] ?? '';
    const values = options.get(name) ?? [];
    if (!flags.has(name)) values.push(words[(index += 1)] ?? '');
    options.set(name, values);
  }
  return options;
}

/** Options without a value. */
const flags: ReadonlySet<string> = new Set(['-nodefaults', '-no-user-config']);

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
