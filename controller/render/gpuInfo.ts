import { wordFor } from '../../reconcilers/gpu/deviceClass.ts';
import type { Diagnosis } from '../../reconcilers/gpu/diagnose.ts';
import { membersOf } from '../../reconcilers/gpu/group.ts';
import { nameOf } from '../../reconcilers/gpu/nameOf.ts';
import type { NvidiaFacts } from '../../reconcilers/gpu/nvidia.ts';
import type { MdevType, PciBar, PciDevice, PciHost } from '../../reconcilers/host/pci/model.ts';
import type { PciNames } from '../../reconcilers/host/pci/names.ts';
import { needWords, painted } from './gpu.ts';
import type { Style } from './style.ts';

/** What `nova gpu info` tells of one device. */
export interface GpuInfo {
  readonly pci: PciHost;
  readonly diagnosis: Diagnosis;
  readonly names: PciNames;
  /** Undefined for what is no NVIDIA GPU. */
  readonly nvidia: NvidiaFacts | undefined;
}

/** A line for each thing that is known, and nothing for what is not. */
export function gpuInfoText(info: GpuInfo, style: Style): string {
  const { pci, diagnosis, names } = info;
  const { device } = diagnosis;
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['class', names.class(device.class) ?? wordFor(device)],
    ['ids', idsOf(device)],
    ['slot', device.slot ?? device.label],
    ['driver', driverOf(device)],
    ['IOMMU group', groupOf(device, pci, names)],
    ['behind', device.above.map((address) => bridgeOf(address, pci)).join(' > ') || undefined],
    ['reset', resetOf(device)],
    ['SR-IOV', sriovOf(device)],
    ['virtual of', device.physicalFunction],
    ['mediated', device.mdevTypes.map(typeOf).join(', ') || undefined],
    ['made of it', device.mediated.map(({ uuid, type }) => `${uuid} (${type})`).join(', ') || undefined],
    ['NUMA node', device.numa?.toString()],
    ['memory', device.bars.map(barOf).join(', ') || undefined],
    ['boot VGA', device.bootVga === true ? 'yes' : undefined],
    ['power', device.power],
    [
      'host uses',
      [...device.uses.map(({ as, name }) => `${as} ${name}`), ...needWords(device)].join(', ') || undefined,
    ],
    ['nodes', device.nodes.join(', ') || undefined],
    [
      'open by',
      diagnosis.holders.map(({ pid, command }) => `${command} (process ${pid})`).join(', ') || undefined,
    ],
    ...nvidiaLines(info.nvidia),
  ];
  const head = `${style.bold(device.address)} ${nameOf(device, names)}: ${painted(diagnosis.verdict, style)}\n`;
  const body = lines.flatMap(([what, value]) =>
    value === undefined ? [] : `  ${what.padEnd(12)} ${value}\n`,
  );
  return head + body.join('');
}

function idsOf({ vendor, device, subsystem, revision }: PciDevice): string {
  const card = subsystem === undefined ? '' : `, card ${subsystem}`;
  return `${vendor}:${device}${card}, revision ${revision.toString(16).padStart(2, '0')}`;
}

function driverOf({ driver, module, driverOverride }: PciDevice): string {
  const of = module === undefined || module === driver ? '' : ` (module ${module})`;
  const only = driverOverride === undefined ? '' : `, only ${driverOverride} may take it`;
  return `${driver ?? 'none'}${of}${only}`;
}

function groupOf(device: PciDevice, pci: PciHost, names: PciNames): string {
  if (device.group === undefined) return 'none';
  const others = membersOf(device, pci).filter(({ role }) => role !== 'itself');
  if (others.length === 0) return `${device.group}, alone`;
  const told = others.map(({ device: other, role }) => {
    const what =
      role === 'bridge'
        ? 'bridge'
        : `${wordFor(other)}, ${role === 'function' ? 'same card' : nameOf(other, names)}`;
    return `${other.address} (${what}${other.driver === undefined ? '' : `, ${other.driver}`})`;
  });
  return `${device.group}, with ${told.join(', ')}`;
}

function bridgeOf(address: string, { devices }: PciHost): string {
  const acs = devices.find((each) => each.address === address)?.acs;
  if (acs === undefined) return address;
  return `${address} (${acs.whole ? 'ACS' : acs.able ? 'ACS not whole' : 'no ACS'})`;
}

function resetOf({ resets, resetMethods }: PciDevice): string {
  if (resetMethods !== undefined && resetMethods.length > 0) return resetMethods.join(', ');
  return resets ? 'yes' : 'none';
}

function sriovOf({ sriov, functions }: PciDevice): string | undefined {
  if (sriov === undefined) return undefined;
  const list = functions.length === 0 ? '' : `: ${functions.join(', ')}`;
  return `${sriov.count} of ${sriov.total} virtual functions${list}`;
}

function typeOf({ type, name, description, api, available }: MdevType): string {
  const told = [name, description, `${available} left`, api === '' ? '' : `as ${api}`];
  return `${type} (${told.filter((each) => each !== '').join(', ')})`;
}

function barOf({ index, size, kind, bits, prefetchable }: PciBar): string {
  const of = index === 6 ? 'ROM' : `BAR ${index}`;
  const how = kind === 'ports' ? 'ports' : `${bits} bits${prefetchable ? ', prefetchable' : ''}`;
  return `${of} ${sizeOf(size)} (${how})`;
}

const units = ['', 'Ki', 'Mi', 'Gi', 'Ti'];

function sizeOf(bytes: number): string {
  let [value, unit] = [bytes, 0];
  for (; value >= 1024 && value % 1024 === 0 && unit < units.length - 1; unit += 1) value /= 1024;
  return `${value}${units[unit]}`;
}

function nvidiaLines(facts: NvidiaFacts | undefined): readonly (readonly [string, string | undefined])[] {
  if (facts === undefined) return [];
  const { generation, module, modules, driverVersion, mig, vgpu, uuid } = facts;
  const ways = [
    ...(vgpu.types === 0 ? [] : [`${vgpu.types} types of mediated devices`]),
    ...(vgpu.functions === 0 ? [] : [`${vgpu.functions} virtual functions`]),
  ];
  return [
    ['generation', generation],
    ['module', moduleWords(module, modules, driverVersion)],
    ['MIG', mig],
    [
      'vGPU',
      `${ways.join(', ') || 'not as it is driven now'}${vgpu.mode === undefined ? '' : ` (driver: ${vgpu.mode})`}`,
    ],
    ['UUID', uuid],
  ];
}

function moduleWords(
  module: NvidiaFacts['module'],
  modules: NvidiaFacts['modules'],
  version: string | undefined,
): string | undefined {
  const fit =
    modules.length === 0 ? '' : `${module === undefined ? '' : '; '}fit for it: ${modules.join(' or ')}`;
  const now = module === undefined ? '' : `${module}${version === undefined ? '' : ` ${version}`}`;
  return `${now}${fit}` || undefined;
}
