import type { NetworkSpec } from '../../../schema/network.ts';
import { uplinksOf } from './lookAtUplinks.ts';
import type { Task } from '../task.ts';
import { movesFor } from './uplinkMoves.ts';
import { formatRecord, type UplinkRecord } from './uplinkRecord.ts';

/** The interfaces of the spec are ports, and no others by Nova; without one they all go back. */
export async function setUplinks(task: Task, spec: NetworkSpec | undefined): Promise<void> {
  const { host, place } = task;
  const guard = { cgroup: `${place.cgroup}-guard`, folder: place.paths.guard };
  const before = await host.view().stat(guard.folder);
  // What was cut off is as it was before, or as it should be, when this is over.
  if (before !== undefined) await host.uplinks.settle(guard);
  const view = host.view();
  const moves = movesFor(spec, await uplinksOf(view, await view.links(), place));
  await note(task, moves.before);
  const { change, undo, witnesses } = moves;
  const { timeout } = moves.before?.confirm ?? { timeout: 0 };
  const guarded = moves.moves && timeout > 0 && (witnesses.length > 0 || undo.length > 0);
  if (change.length > 0 && !guarded) await host.links.change(change);
  if (guarded) {
    const links = moves.links.map(({ index, name }) => ({ index, name }));
    // A port of a bridge with the protocol listens and learns before it forwards (IEEE 802.1D, 8.10.2).
    const listens = spec?.stp === true ? 30_000 : 0;
    const silence = moves.risky ? 'refuse' : 'go-on';
    const patience = timeout * 1000 + listens;
    await host.uplinks.guarded({ ...guard, links, change, undo, witnesses, silence, timeout: patience });
  }
  await note(task, moves.after);
}

async function note({ host, place }: Task, record: UplinkRecord | undefined): Promise<void> {
  const { uplinks } = place.paths;
  const text = record && formatRecord(record);
  if ((await host.view().read(uplinks)) === text) return;
  if (text === undefined) await host.files.remove(uplinks);
  else await host.files.write(uplinks, text);
}
