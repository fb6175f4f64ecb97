import { createCommandRunner } from '../commandRunner.ts';
import { findTool } from '../tools.ts';

/** What NVIDIA's driver says of a card. */
export interface SmiCard {
  readonly name: string;
  /** As `9.0`. */
  readonly computeCapability: string | undefined;
  /** `Enabled`, `Disabled`; undefined: it cannot. */
  readonly mig: string | undefined;
  readonly driverVersion: string;
  readonly uuid: string;
}

const fields = 'pci.bus_id,name,compute_cap,mig.mode.current,driver_version,uuid';

/**
 * Asks `nvidia-smi` about all cards, by their addresses; none where it is not there, or does not answer within 10 s: it
 * wakes cards, and one that has fallen off the bus makes it wait.
 */
export async function askNvidiaSmi(): Promise<ReadonlyMap<string, SmiCard>> {
  if (findTool('nvidia-smi') === undefined) return new Map();
  const argv = ['nvidia-smi', `--query-gpu=${fields}`, '--format=csv,noheader'];
  try {
    const { stdout } = await createCommandRunner(undefined).finish({ argv, effect: 'read', timeout: 10_000 });
    return parseSmi(stdout);
  } catch {
    return new Map();
  }
}

/** `00000000:1B:00.0, NVIDIA H200, 9.0, Disabled, 570.86.15, GPU-…`: the domain has eight digits there. */
export function parseSmi(text: string): ReadonlyMap<string, SmiCard> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [bus = '', name = '', capability, mig, driverVersion = '', uuid = ''] = line.split(', ');
      const [, domain, rest] = /^([0-9A-F]{4,8}):([0-9A-F]{2}:[01][0-9A-F]\.[0-7])$/i.exec(bus.trim()) ?? [];
      if (domain === undefined || rest === undefined) return [];
      const address = `${domain.replace(/^0000(?=.{4})/, '')}:${rest}`.toLowerCase();
      const card = { name, computeCapability: given(capability), mig: given(mig), driverVersion, uuid };
      return [[address, { ...card, uuid: uuid.trim() }] as const];
    }),
  );
}

function given(value: string | undefined): string | undefined {
  return value === undefined || value.startsWith('[') ? undefined : value.trim();
}
