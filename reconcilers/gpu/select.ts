import type { GpuSpec } from '../../schema/gpu.ts';
import type { Issue } from '../../schema/errors.ts';
import type { PciDevice, PciHost } from '../host/pci/model.ts';
import { isDisplay, isGpu, isManagement, wordFor } from './deviceClass.ts';
import { obstaclesOf } from './obstacles.ts';

export type Selected = { readonly device: PciDevice } | { readonly issue: Issue };

type Wanted = Pick<GpuSpec, 'address' | 'vendor' | 'device' | 'index' | 'slot'>;

/** Pure: the device that a `[gpu.NAME]` means, or why it means none (`gpu.missing`). */
export function selectDevice(wanted: Wanted, pci: PciHost): Selected {
  if (wanted.address !== undefined) return byAddress(wanted.address, pci);
  if (wanted.slot !== undefined) return bySlot(wanted.slot, pci);
  return byIds(wanted, pci);
}

function byAddress(address: string, pci: PciHost): Selected {
  const device = pci.devices.find((each) => each.address === address);
  return device === undefined ? missing(`this host has no PCI device ${address}`, pci) : { device };
}

/** Of the functions in a slot the display is meant, else the first. */
function bySlot(slot: string, pci: PciHost): Selected {
  const inSlot = pci.devices.filter(
    (each) => each.header === 'endpoint' && each.physicalFunction === undefined && isIn(slot, each),
  );
  const device = inSlot.find(isGpu) ?? inSlot[0];
  if (device !== undefined) return { device };
  const labels = [...new Set(pci.devices.flatMap((each) => [each.slot ?? [], each.label ?? []].flat()))];
  const hint =
    labels.length === 0
      ? 'the firmware of this machine names no slots: use address'
      : `what is in a slot with a name is in ${list(labels)}`;
  return failed(`nothing is in a slot with the label ${JSON.stringify(slot)}`, hint);
}

function isIn(slot: string, device: PciDevice): boolean {
  return device.slot === slot || device.label === slot;
}

function byIds({ vendor, device, index }: Wanted, pci: PciHost): Selected {
  const model = device === undefined ? 'display device' : `device ${device}`;
  const alike = pci.devices.filter(
    (each) =>
      each.vendor === vendor &&
      each.header === 'endpoint' &&
      each.physicalFunction === undefined &&
      (device === undefined ? isDisplay(each) : each.device === device),
  );
  const chosen = alike[index ?? 0];
  if (chosen === undefined) {
    if (alike.length === 0) return missing(`this host has no ${model} of the vendor ${vendor}`, pci);
    const message = `this host has ${alike.length === 1 ? 'one' : alike.length} of the vendor ${vendor} with that description, counted from 0, and no number ${index}`;
    return failed(message, `they are ${list(alike.map(({ address }) => address))}`);
  }
  if (index !== undefined || alike.length === 1) return { device: chosen };
  const message = `this host has ${alike.length} that this could be: ${list(alike.map(({ address }) => address))}`;
  return failed(message, 'say which with index, counted from 0 in this order, or use address');
}

/**
 * Pure: the one GPU of a host that can be handed over, for `gpu_passthrough = true`; or why there is none, or more than
 * one. One that the host shows something on is never meant without being named; cards come before what is built into the
 * processor.
 * @param taken addresses of devices that are declared, which are for whoever names them
 */
export function theOneSuitable(pci: PciHost, taken: ReadonlySet<string> = new Set()): Selected {
  const gpus = pci.devices.filter(
    (each) =>
      isGpu(each) &&
      each.header === 'endpoint' &&
      each.physicalFunction === undefined &&
      !isManagement(each) &&
      !taken.has(each.address),
  );
  const looked = gpus.map((device) => ({
    device,
    why: [...obstaclesOf({ device, handedOver: taken }, pci), ...shown(device)],
  }));
  const [first, ...others] = narrowed(
    looked.filter(({ why }) => why.length === 0).map(({ device }) => device),
  );
  if (first === undefined) return noneSuitable(looked, taken);
  if (others.length === 0) return { device: first };
  const names = list([first, ...others].map(({ address }) => address));
  const hint = 'declare the one that is meant with [gpu.NAME], and say gpu_passthrough = ["NAME"]';
  return failed(`several GPUs of this host could be handed over: ${names}`, hint);
}

/** It could be handed over, with all that the host shows. */
function shown({ address, needs }: PciDevice): readonly Issue[] {
  if (needs.length === 0) return [];
  const message = `${address} shows the host's console, or has a screen of the host's`;
  const hint =
    'declare it with [gpu.NAME] where it is meant all the same, and say gpu_passthrough = ["NAME"]';
  return [{ code: 'gpu.needed', message, hint }];
}

function narrowed(able: readonly PciDevice[]): readonly PciDevice[] {
  const cards = able.filter(({ above }) => above.length > 0);
  const found = cards.length === 0 ? able : cards;
  // Functions of one card are one choice: its first display.
  return found.filter(
    ({ address }, index) => found.findIndex((each) => cardOf(each.address) === cardOf(address)) === index,
  );
}

function cardOf(address: string): string {
  return address.slice(0, -2);
}

interface Looked {
  readonly device: PciDevice;
  readonly why: readonly Issue[];
}

function noneSuitable(looked: readonly Looked[], taken: ReadonlySet<string>): Selected {
  const [only, ...more] = looked;
  if (only === undefined) {
    const message =
      taken.size === 0
        ? 'this host has no GPU that could be handed over'
        : 'this host has no GPU that could be handed over but those that are declared';
    return failed(message, '`nova gpu ls` lists what it has; leave out gpu_passthrough, or put a card in');
  }
  const [reason] = only.why;
  if (more.length === 0 && reason !== undefined) {
    const message = `the only GPU of this host cannot be handed over: ${reason.message}`;
    return { issue: { ...reason, message } };
  }
  const reasons = looked.map(({ why }) => why[0]?.message ?? '');
  const message = `none of the ${looked.length} GPUs of this host can be handed over: ${reasons.join('; ')}`;
  return failed(message, '`nova gpu diagnose` says of each what to do', looked[0]?.why[0]?.code);
}

function missing(message: string, { devices }: PciHost): Selected {
  const gpus = devices
    .filter(isGpu)
    .map((each) => `${each.address} (${wordFor(each)} ${each.vendor}:${each.device})`);
  const hint =
    devices.length === 0
      ? 'it shows no PCI devices at all'
      : gpus.length === 0
        ? 'it has no GPU; `lspci -D` lists what it has'
        : `its GPUs are ${list(gpus)}`;
  return failed(message, hint);
}

function failed(message: string, hint: string, code: Issue['code'] = 'gpu.missing'): Selected {
  return { issue: { code, message, hint } };
}

const most = 8;

function list(words: readonly string[]): string {
  const told = words.slice(0, most).join(', ');
  return words.length > most ? `${told} and ${words.length - most} more` : told;
}
