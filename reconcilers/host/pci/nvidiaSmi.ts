import { createCommandRunner } from '../commandRunner.ts';
import { findTool } from '../tools.ts';

/** What NVIDIA's driver says of a card. Undefined: it does not, or the card has no such thing. */
export interface SmiCard {
  readonly name: string | undefined;
  /** As `Hopper`. */
  readonly architecture: string | undefined;
  /** Whether it is split into instances: `Enabled`, `Disabled`. */
  readonly mig: string | undefined;
  readonly driverVersion: string | undefined;
  readonly uuid: string | undefined;
  /** `None`, `Pass-Through`, `VGPU`, `Host VGPU` … */
  readonly virtualization: string | undefined;
  /** How it is shared with machines: `SR-IOV`, `Non SR-IOV`. */
  readonly hostVgpu: string | undefined;
}

/**
 * Asks `nvidia-smi` about all cards, by their addresses; none where it is not there, or does not answer within 10 s: it
 * wakes cards, and one that has fallen off the bus makes it wait.
 */
export async function askNvidiaSmi(): Promise<ReadonlyMap<string, SmiCard>> {
  if (findTool('nvidia-smi') === undefined) return new Map();
  const command = { argv: ['nvidia-smi', '-q'], effect: 'read', timeout: 10_000 } as const;
  try {
    return parseSmi((await createCommandRunner(undefined).finish(command)).stdout);
  } catch {
    return new Map();
  }
}

/** `nvidia-smi -q`: a block for each card, which begins `GPU 00000000:1B:00.0`; the domain has eight digits there. */
export function parseSmi(text: string): ReadonlyMap<string, SmiCard> {
  const [head = '', ...blocks] = text.split(/^GPU (?=[0-9A-F]{4,8}:)/im);
  const driverVersion = valueIn(head, 'Driver Version');
  return new Map(
    blocks.flatMap((block) => {
      const [, domain, rest] = /^([0-9A-F]{4,8}):([0-9A-F]{2}:[01][0-9A-F]\.[0-7])\s/i.exec(block) ?? [];
      if (domain === undefined || rest === undefined) return [];
      const address = `${domain.replace(/^0000(?=.{4})/, '')}:${rest}`.toLowerCase();
      return [[address, { ...cardIn(block), driverVersion }] as const];
    }),
  );
}

function cardIn(block: string): Omit<SmiCard, 'driverVersion'> {
  const mig = /^ +MIG Mode\n((?: {8,}.*\n?)*)/m.exec(block)?.[1];
  return {
    name: valueIn(block, 'Product Name'),
    architecture: valueIn(block, 'Product Architecture'),
    mig: mig === undefined ? undefined : valueIn(mig, 'Current'),
    uuid: valueIn(block, 'GPU UUID'),
    virtualization: valueIn(block, 'Virtualization Mode'),
    hostVgpu: valueIn(block, 'Host VGPU Mode'),
  };
}

function valueIn(text: string, key: string): string | undefined {
  const value = new RegExp(`^ *${key} +: (.+)$`, 'm').exec(text)?.[1]?.trim();
  return value === undefined || /^(?:\[?N\/A\]?|Requested functionality.*)$/.test(value) ? undefined : value;
}
