import type { Draft, NetworkDraft } from './draft.ts';
import type { Edge } from './references.ts';

/** Networks whose members leave by the bridge of another one: that has to be whole before. */
export function uplinkEdges(drafts: readonly Draft[]): readonly Edge[] {
  const networks = drafts.filter((draft): draft is NetworkDraft => draft.kind === 'network');
  return networks.flatMap(({ address, name, spec }) => {
    const over = networks.find((other) => other.name === spec.uplink && other.name !== name);
    return over === undefined ? [] : [{ from: address, to: over.address, path: ['network', name, 'uplink'] }];
  });
}
