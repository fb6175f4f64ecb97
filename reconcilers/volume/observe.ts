import type { Address, Resource } from '../../schema/manifest.ts';
import { folderMarks, isFolderMark, isMarkOfFolder } from '../folderMark.ts';
import { formerName } from '../identity.ts';
import type { HostView } from '../host/host.ts';
import type { FileStat } from '../host/view.ts';
import type { Observation, Observations } from '../reconciler.ts';
import { addressOfEntry, projectFolder, volumePlace, type VolumePlace } from './place.ts';
import type { VolumeSeen } from './seen.ts';

/** Reads the folders of the declared volumes, and those in the project's folder that carry the mark of another one. */
export async function observe(
  view: HostView,
  wanted: readonly Resource<'volume'>[],
): Promise<Observations<VolumeSeen>> {
  const entries = (await view.list(projectFolder(view.scope, view.project))) ?? [];
  const declared = wanted.map(({ address }) => address);
  const addresses = [...new Set([...declared, ...entries.map((entry) => addressOfEntry(view.scope, entry))])];
  const places = addresses.map((address) => volumePlace(view.scope, view.project, address));
  const marks = await folderMarks(view, projectFolder(view.scope, view.project));
  const looked = await Promise.all(
    places.map(
      async (place) => [place.address, await look(view, place, entries, marks.get(place.path))] as const,
    ),
  );
  const found = new Map(looked);
  return {
    wanted: new Map(declared.map((address) => [address, found.get(address) ?? { status: 'absent' }])),
    strays: new Map(looked.flatMap((entry) => strayOf(entry, declared))),
    intruders: [],
  };
}

async function look(
  view: HostView,
  place: VolumePlace,
  entries: readonly string[],
  mark: string | undefined,
): Promise<Observation<VolumeSeen>> {
  const unfinished = entries.some((entry) => place.temporary.endsWith(`/${entry}`));
  const stat = await view.stat(place.path);
  if (stat === undefined) {
    return unfinished
      ? { status: 'present', seen: { place, folder: undefined, unfinished } }
      : { status: 'absent' };
  }
  const was =
    mark === undefined ? undefined : formerName(mark.split('@')[0], { ...view, address: place.address });
  const folder = { mode: stat.mode.toString(8).padStart(4, '0'), owner: `${stat.uid}:${stat.gid}`, was };
  const why = whyForeign(view, place, stat, mark);
  if (why === undefined) return { status: 'present', seen: { place, folder, unfinished } };
  const adoptable = { place, folder: { ...folder, foreign: true }, unfinished };
  return { status: 'foreign', why, ...(stat.type === 'directory' ? { adoptable } : {}) };
}

function whyForeign(
  { scope, project }: HostView,
  place: VolumePlace,
  { type, inode }: FileStat,
  mark: string | undefined,
): string | undefined {
  const { path } = place;
  if (type !== 'directory') return `${path} is there and is not a folder`;
  if (isMarkOfFolder(mark, { scope, project, address: place.address, path }, inode)) return undefined;
  if (mark !== undefined && isFolderMark(mark, 'volume'))
    return `the folder ${path} is a copy, or was moved there from elsewhere`;
  return `the folder ${path} was not made by Nova`;
}

function strayOf(
  [address, observation]: readonly [Address, Observation<VolumeSeen>],
  declared: readonly Address[],
): readonly (readonly [Address, VolumeSeen])[] {
  return observation.status === 'present' && !declared.includes(address) ? [[address, observation.seen]] : [];
}
