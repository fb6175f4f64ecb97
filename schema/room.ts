import type { NetworkDraft } from './draft.ts';
import type { Problem } from './problem.ts';

/** A subnet with fewer addresses than members. @param room addresses that members can have */
export function checkRoom(
  { name, address, spec }: NetworkDraft,
  key: 'subnet' | 'subnet6',
  room: number | bigint,
  count: number,
): readonly Problem[] {
  // On a macvlan only who asks for an address gets one.
  if (spec.type === 'macvlan' || count <= room) return [];
  const ample = key === 'subnet' ? '/24 has room for 253' : '/64 has room for as many as there can be';
  return [
    {
      code: 'network.full',
      message: `${spec[key]} has room for ${room} ${String(room) === '1' ? 'member' : 'members'}, and ${count} are on ${address}`,
      hint: `take a shorter prefix: ${ample}`,
      path: ['network', name, key],
    },
  ];
}
