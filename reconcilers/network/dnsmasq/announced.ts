import type { NetworkSpec } from '../../../schema/network.ts';

/** Whether the host announces itself and `subnet6` to members. */
export function isAnnounced({ subnet6, ra }: Pick<NetworkSpec, 'subnet6' | 'ra'>): boolean {
  return subnet6 !== undefined && ra !== false;
}
