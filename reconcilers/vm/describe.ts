import { currentAddresses } from './address.ts';
import type { Phase, VmSeen } from './seen.ts';

/** Pure: a line for `ls`, as `192.168.77.9, 1 cpu, 512Mi, tcg`. */
export function describe(seen: VmSeen): { readonly state: string; readonly details: string } {
  const { cpu, memory, accel } = seen.runs ?? {};
  const { ip, ip6 } = currentAddresses(seen);
  const details = [
    ip,
    ip6,
    cpu === undefined ? undefined : `${cpu} cpu`,
    memory === undefined ? undefined : sizeWords(memory),
    accel,
  ];
  return { state: states[seen.phase], details: details.filter((detail) => detail !== undefined).join(', ') };
}

const states: Readonly<Record<Phase, string>> = {
  running: 'running',
  paused: 'paused',
  signalled: 'paused',
  failed: 'failed',
  mute: 'not answering',
  off: 'stopped',
};

function sizeWords(bytes: number): string {
  return bytes % 2 ** 30 === 0 ? `${bytes / 2 ** 30}Gi` : `${bytes / 2 ** 20}Mi`;
}
