import type { Resource } from '../../schema/manifest.ts';
import type { HostView } from '../host/host.ts';
import { isMarkOf, linkName, parseMark } from '../identity.ts';
import type { Observation, Observations, Obstacle } from '../reconciler.ts';
import { observeEach } from '../observeEach.ts';
import { type Place, placeOf } from '../place.ts';
import { credentialProblems } from './credentials.ts';
import { deviceProblems } from './gpuProblems.ts';
import { absentWith, lookAt } from './lookAt.ts';
import { lookAtGpus } from './lookAtGpus.ts';
import { vmPaths } from './paths.ts';
import type { VmSeen } from './seen.ts';
import { sourceProblems } from './sources.ts';
import { ownedAddresses } from './strays.ts';

/** Everything of machines, as it is now. Reads only; every QEMU is asked at the same time. */
export function observe(view: HostView, wanted: readonly Resource<'vm'>[]): Promise<Observations<VmSeen>> {
  return observeEach(wanted, {
    wanted: (resource) => observeOne(view, resource, wanted),
    owned: () => ownedAddresses(view),
    stray: async (address) => {
      const seen = await lookAt(view, placeOf(view, address));
      return seen && withGpus(view, seen, undefined);
    },
  });
}

async function observeOne(
  view: HostView,
  resource: Resource<'vm'>,
  all: readonly Resource<'vm'>[],
): Promise<Observation<VmSeen>> {
  const place = placeOf(view, resource.address);
  const [sources, foreign, found] = await Promise.all([
    sourceProblems(view, resource),
    foreignLink(view, place),
    lookAt(view, place),
  ]);
  const seen = found && (await withGpus(view, found, resource.spec));
  const gpus = seen === undefined ? await lookAtGpus(view, place, resource.spec, 0) : seen.gpus;
  const devices = await deviceProblems(view, { resource, all, gpus });
  const problems = [...sources, ...credentialProblems(resource), ...devices];
  if (seen !== undefined && (seen.forgotten === true || foreign?.unmarked === true)) {
    const why = foreign?.why ?? 'what is there was given up with `nova forget`';
    const adoptable = seen.phase === 'mute' ? {} : { adoptable: { ...seen, forgotten: true } };
    return { status: 'foreign', why, problems, ...adoptable };
  }
  if (foreign !== undefined) return { status: 'foreign', why: foreign.why, problems };
  if (gpus?.stuck !== undefined) return { status: 'unknown', why: gpus.stuck, problems };
  if (seen === undefined) return { status: 'absent', problems, ...absentWith(place, gpus) };
  if (seen.phase === 'mute') return { status: 'unknown', why: whyMute(seen), problems };
  return { status: 'present', seen, problems: [...problems, ...missingDisk(resource, seen)] };
}

async function withGpus(
  view: HostView,
  seen: VmSeen,
  spec: Resource<'vm'>['spec'] | undefined,
): Promise<VmSeen> {
  const gpus = await lookAtGpus(view, seen, spec, seen.phase === 'mute' ? 0 : (seen.runs?.ports ?? 0));
  return gpus === undefined ? seen : { ...seen, gpus };
}

function whyMute({ process }: VmSeen): string {
  return `its QEMU (process ${process?.pid}) runs and does not answer`;
}

/** A disk holds what a machine has written: another one in its place would lose that in silence. */
function missingDisk({ spec, at }: Resource<'vm'>, seen: VmSeen): readonly Obstacle[] {
  const { disk, diskMark } = vmPaths(seen.scope, seen.identity);
  if (spec.image === undefined || seen.diskOf === undefined || seen.disk !== undefined) return [];
  const open =
    seen.process === undefined
      ? ''
      : `QEMU still has it open, so save what matters from within the machine before it stops; then `;
  const hint = `${open}put it back, or accept the loss with: rm ${diskMark}`;
  const message = `${seen.address}: its disk ${disk} is gone`;
  return [{ code: 'vm.disk-missing', message, hint, at, path: ['image'] }];
}

async function foreignLink(view: HostView, place: Place): Promise<ForeignLink | undefined> {
  const name = linkName(place.identity);
  const link = (await view.links()).find((candidate) => candidate.name === name);
  if (link === undefined || isMarkOf(link.alias, place)) return undefined;
  return {
    why: `link ${name} is there and does not carry its mark`,
    unmarked: parseMark(link.alias) === undefined,
  };
}

interface ForeignLink {
  readonly why: string;
  /** It is nobody's: giving it up was cut off, say. */
  readonly unmarked: boolean;
}
