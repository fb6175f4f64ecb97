import type { Resource } from '../../schema/manifest.ts';
import type { Dependencies, FieldChange } from '../reconciler.ts';
import { desiredNetwork } from './desired.ts';
import { isMisplaced } from './macvtap.ts';
import type { Phase, VmSeen } from './seen.ts';
import { step, type VmStep } from './step.ts';

/** What becomes of the network card of a machine that runs. */
export interface NicChanges {
  readonly unplug: boolean;
  readonly plug: boolean;
  readonly reason: string;
  /** What the step for its TAP does not tell already. */
  readonly changes: readonly FieldChange[];
  /** Why it has to be started again for that; undefined: it need not. */
  readonly restart: string | undefined;
}

/** Pure: undefined when the machine that runs has the card that it should have, on the TAP that it should have. */
export function nicChanges(
  resource: Resource<'vm'>,
  seen: VmSeen,
  deps: Dependencies,
): NicChanges | undefined {
  const { runs, link, attached, phase } = seen;
  if (seen.process === undefined || runs === undefined) return undefined;
  const desired = desiredNetwork(seen, resource, deps);
  const restart = (letsGo: boolean) =>
    desired?.macvlan === true ? handedOver : whyRestart(runs.nicPort, letsGo, phase);
  if (desired === undefined) return superfluous(seen, restart(seen.nic !== false));
  const change = (before: string | undefined): readonly FieldChange[] =>
    link === undefined ? [] : [{ path: 'network', before, after: desired.bridge }];
  if (seen.nic === false) {
    const reason = 'it has no network card';
    return { unplug: false, plug: true, reason, changes: change(undefined), restart: restart(false) };
  }
  if (link === undefined || !attached || isMisplaced(desired, link)) {
    const what = link === undefined ? 'gone' : 'another one than its network card is on';
    const changes = change('a TAP that is gone');
    return { unplug: true, plug: true, reason: `its TAP is ${what}`, changes, restart: restart(true) };
  }
  if (seen.nic === true) return undefined;
  const reason = 'whether it has its network card is known when it goes on';
  return { unplug: false, plug: true, reason, changes: [], restart: undefined };
}

function superfluous({ nic, attached, link }: VmSeen, restart: string | undefined): NicChanges | undefined {
  if (nic !== true && !attached) return undefined;
  const change = { path: 'network', before: 'a network card', after: undefined };
  const changes = link === undefined ? [change] : [];
  return { unplug: true, plug: false, reason: 'it has a network card', changes, restart };
}

const handedOver = 'one that shares a link of the host is handed over when it starts';

/** @param letsGo whether the machine has to let go of something */
function whyRestart(port: boolean, letsGo: boolean, phase: Phase): string | undefined {
  if (!port) return 'it was started without a port in which a network card can be changed';
  return letsGo && phase !== 'running' ? 'it does not run, and so lets go of nothing' : undefined;
}

/** Pure: the steps for a machine that runs and goes on. */
export function diffNic(changes: NicChanges | undefined): readonly VmStep[] {
  if (changes === undefined || changes.restart !== undefined) return [];
  const { unplug, plug, reason, changes: fields } = changes;
  return [
    ...(unplug ? [step('nic.unplug', `${reason}, and goes out while it runs`, fields)] : []),
    ...(plug ? [step('nic.plug', `${reason}, and gets one while it runs`, unplug ? [] : fields)] : []),
  ];
}
