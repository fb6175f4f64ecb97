import type { Diagnosis, Verdict } from '../../reconcilers/gpu/diagnose.ts';
import { wordFor } from '../../reconcilers/gpu/deviceClass.ts';
import { nameOf } from '../../reconcilers/gpu/nameOf.ts';
import type { PciDevice, PciHost } from '../../reconcilers/host/pci/model.ts';
import type { PciNames } from '../../reconcilers/host/pci/names.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';

/** What is told when there is nothing to tell of. */
export function noGpus({ platform }: PciHost): string {
  return platform.visible ? 'This host has no GPU.\n' : 'This host shows no PCI devices.\n';
}

export function gpuTable(diagnoses: readonly Diagnosis[], names: PciNames): string {
  const rows = diagnoses.map((diagnosis) => {
    const { address, driver, group } = diagnosis.device;
    const name = titleOf(diagnosis.device, names);
    return [address, name, driver ?? '-', group?.toString() ?? '-', diagnosis.verdict, useOf(diagnosis)];
  });
  return table(['ADDRESS', 'GPU', 'DRIVER', 'GROUP', 'STATE', 'IN USE'], rows);
}

/** A virtual function has the name of the whole: what tells it apart is whose it is. */
export function titleOf(device: PciDevice, names: PciNames): string {
  const of = device.physicalFunction;
  return of === undefined ? nameOf(device, names) : `virtual function of ${of}`;
}

/** As `screen DP-1, console, Xorg`. */
function useOf({ device, along, holders }: Diagnosis): string {
  const needs = [...[device, ...along].flatMap(needWords), ...mediatedWords(device)];
  return [...new Set([...needs, ...holders.map(({ command }) => command)])].join(', ');
}

function mediatedWords({ mediated }: PciDevice): readonly string[] {
  if (mediated.length === 0) return [];
  return [mediated.length === 1 ? 'a mediated device' : `${mediated.length} mediated devices`];
}

export function needWords({ needs }: PciDevice): readonly string[] {
  return needs.map((need) => {
    if (need.what === 'mount') return `disk of ${need.target}`;
    if (need.what === 'swap') return `swap ${need.disk}`;
    if (need.what === 'uplink') return `uplink ${need.link}`;
    return need.what === 'screen' ? `screen ${need.connector}` : 'console';
  });
}

/** Of each: how fit it is, why, and what to do. */
export function diagnosesText(diagnoses: readonly Diagnosis[], names: PciNames, style: Style): string {
  return diagnoses.map((diagnosis) => diagnosisText(diagnosis, names, style)).join('\n');
}

function diagnosisText(diagnosis: Diagnosis, names: PciNames, style: Style): string {
  const { device, verdict, findings } = diagnosis;
  const head = `${style.bold(device.address)} ${titleOf(device, names)}: ${painted(verdict, style)}\n`;
  const body = findings.map(({ reason, remedy }) => `  ${reason}\n    remedy: ${remedy}\n`);
  return `${head}${body.join('')}${verdict === 'Action Needed' ? '' : `  ${allowed(diagnosis)}\n`}`;
}

/** What can be done with it as it is. */
function allowed({ device, along, holders }: Diagnosis): string {
  const [holder] = holders;
  if (device.driver === 'vfio-pci')
    return holder === undefined
      ? 'it is kept for machines, and none has it'
      : `a machine has it: ${holder.command} (process ${holder.pid})`;
  const others = along.map((each) => `${each.address} (${wordFor(each)})`);
  return others.length === 0
    ? 'it can be handed to a machine'
    : `it can be handed to a machine, and ${others.join(', ')} ${others.length === 1 ? 'goes' : 'go'} along`;
}

export function painted(verdict: Verdict, style: Style): string {
  if (verdict === 'OK') return style.green(verdict);
  return verdict === 'Degraded' ? style.yellow(verdict) : style.red(verdict);
}
