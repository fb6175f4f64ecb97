import type { NetworkSpec } from '../../../schema/network.ts';
import type { FieldChange } from '../../reconciler.ts';
import { ownFiles, type OwnTexts, ownFileText } from './ownFiles.ts';

/** Pure: what is other than it should be in the files that a network has in the folders that dnsmasq watches. */
export function diffOwnFiles(spec: NetworkSpec, seen: OwnTexts): readonly FieldChange[] {
  return ownFiles.flatMap((file) => {
    const [before, after] = [textOf(seen[file]), textOf(ownFileText(file, spec))];
    // They go with the server that answers them.
    const path = file === 'reservations' || spec.dns ? words[file] : 'dnsmasq';
    return before === after ? [] : [{ path, before, after }];
  });
}

/** In the NovaFile's words as far as it has one. */
const words = {
  gateway: 'dnsmasq',
  records: 'records',
  names: 'reservations',
  reservations: 'reservations',
} as const;

function textOf(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text.trim().replaceAll('\n', ', ');
}
