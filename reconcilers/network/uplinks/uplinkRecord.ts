import { z } from 'zod';

import type { HeldAddress, Route } from '../../host/carried.ts';

/** What an interface of the host was before it became a port, and what it has brought along. */
export interface PortRecord {
  readonly name: string;
  readonly up: boolean;
  /** bytes */
  readonly mtu: number;
  readonly addresses: readonly HeldAddress[];
  readonly routes: readonly Route[];
}

/**
 * Interfaces of the host cannot carry a mark: this file says which of them are ports by Nova, and where they go back to.
 * It does not outlive the machine's power, and nor does what it tells of.
 */
export interface UplinkRecord {
  readonly ports: readonly PortRecord[];
  /** Addresses that the bridge has from the NovaFile. */
  readonly own: readonly string[];
  readonly confirm: { readonly timeout: number; readonly address?: string };
}

export const defaultConfirm = { timeout: 30 } as const;

export function formatRecord(record: UplinkRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** Undefined where there is none, or one that cannot be read: it is written anew then. */
export function parseRecord(text: string | undefined): UplinkRecord | undefined {
  if (text === undefined) return undefined;
  try {
    return Written.parse(JSON.parse(text)) as UplinkRecord;
  } catch {
    return undefined;
  }
}

const family = z.union([z.literal(4), z.literal(6)]);

const Written = z.object({
  ports: z.array(
    z.object({
      name: z.string(),
      up: z.boolean(),
      mtu: z.number(),
      addresses: z.array(z.looseObject({ link: z.string(), family, cidr: z.string() })),
      routes: z.array(
        z.looseObject({ family, to: z.string(), link: z.string(), table: z.string(), protocol: z.string() }),
      ),
    }),
  ),
  own: z.array(z.string()),
  confirm: z.object({ timeout: z.number(), address: z.string().optional() }),
});
