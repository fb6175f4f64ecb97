import type { Holder } from '../host/pci/holders.ts';
import type { PciDevice, PciHost } from '../host/pci/model.ts';
import { isGpu, isManagement } from './deviceClass.ts';
import { isSameCard, leavesGroup } from './group.ts';
import { obstaclesOf } from './obstacles.ts';
import { reservations } from './reservations.ts';

/** How fit a device is to be handed to a machine. */
export type Verdict = 'OK' | 'Degraded' | 'Action Needed';

export interface Finding {
  /** What comes of it. */
  readonly verdict: Exclude<Verdict, 'OK'>;
  readonly reason: string;
  /** What a person can do about it. */
  readonly remedy: string;
}

export interface Diagnosis {
  readonly device: PciDevice;
  /** Functions of the same card, which go where it goes. */
  readonly along: readonly PciDevice[];
  readonly verdict: Verdict;
  /** The weightiest first; `[]` when all is well. */
  readonly findings: readonly Finding[];
  /** Who has it open, be it the host's own programs or a machine. */
  readonly holders: readonly Holder[];
}

/** Who has a device node open, by its path. */
export type Holders = ReadonlyMap<string, readonly Holder[]>;

/**
 * Pure: a diagnosis for every GPU, in the order of the addresses. No device is in two. The display of a management
 * controller is none.
 */
export function diagnoseAll(pci: PciHost, holders: Holders): readonly Diagnosis[] {
  const taken: PciDevice[] = [];
  for (const device of pci.devices) {
    const isIts = taken.some((other) => isSameCard(device, other));
    if (isGpu(device) && !isManagement(device) && device.header === 'endpoint' && !isIts) taken.push(device);
  }
  return taken.map((device) => diagnose(device, pci, holders));
}

/** Pure: how fit one device is, be it a GPU or not. */
export function diagnose(device: PciDevice, pci: PciHost, holders: Holders): Diagnosis {
  const card = pci.devices.filter((each) => each.header === 'endpoint' && isSameCard(each, device));
  const openers = holdersOf(card, holders);
  const findings = [
    ...stopping(device, pci),
    ...busy(device, openers),
    ...reservations(device, pci),
  ].toSorted((one, other) => weightOf(other) - weightOf(one));
  return {
    device,
    along: card.filter(({ address }) => address !== device.address),
    verdict: findings[0]?.verdict ?? 'OK',
    findings,
    holders: openers,
  };
}

function weightOf({ verdict }: Finding): number {
  return verdict === 'Action Needed' ? 1 : 0;
}

function stopping(device: PciDevice, pci: PciHost): readonly Finding[] {
  return obstaclesOf({ device }, pci).map(({ message, hint = '' }) => ({
    verdict: 'Action Needed',
    reason: message,
    remedy: hint,
  }));
}

function holdersOf(card: readonly PciDevice[], holders: Holders): readonly Holder[] {
  const all = card.flatMap(({ nodes }) => nodes.flatMap((node) => holders.get(node) ?? []));
  return all
    .filter(({ pid }, index) => all.findIndex((each) => each.pid === pid) === index)
    .toSorted((one, other) => one.pid - other.pid);
}

/** A driver waits until its last user has gone, and whoever took the device away waits with it. */
function busy(device: PciDevice, holders: readonly Holder[]): readonly Finding[] {
  if (device.driver === undefined || leavesGroup(device) || holders.length === 0) return [];
  const names = holders.slice(0, most).map(({ pid, command }) => `${command} (process ${pid})`);
  const more = holders.length > most ? ` and ${holders.length - most} more` : '';
  return [
    {
      verdict: 'Action Needed',
      reason: `${device.address} is in use by ${names.join(', ')}${more}`,
      remedy: 'end them first: its driver does not leave it before that',
    },
  ];
}

const most = 5;
