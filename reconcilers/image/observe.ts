import type { Address, Resource } from '../../schema/manifest.ts';
import { folderMarks, isFolderMark, isMarkOfFolder } from '../folderMark.ts';
import { formerName } from '../identity.ts';
import type { HostView } from '../host/host.ts';
import type { Observation, Observations } from '../reconciler.ts';
import { lookAt } from './lookAt.ts';
import { addressOfEntry, imageFolder, imagePlace, type ImagePlace } from './place.ts';
import type { ImageSeen } from './seen.ts';

/** Reads the declared images and what they are made of, and those in the project's folder that carry another's mark. */
export async function observe(
  view: HostView,
  wanted: readonly Resource<'image'>[],
): Promise<Observations<ImageSeen>> {
  const { scope, project } = view;
  const entries = (await view.list(imageFolder(scope, project))) ?? [];
  const resources = new Map(wanted.map((resource) => [resource.address, resource]));
  const addresses = [
    ...new Set([...resources.keys(), ...entries.map((entry) => addressOfEntry(scope, entry))]),
  ];
  const places = addresses.map((address) => imagePlace(scope, project, address));
  const marks = await folderMarks(view, imageFolder(scope, project));
  const found = new Map(
    await Promise.all(
      places.map(async (place) => {
        const resource = resources.get(place.address);
        return [place.address, await observeOne(view, place, marks.get(place.path), resource)] as const;
      }),
    ),
  );
  return {
    wanted: new Map(wanted.map(({ address }) => [address, found.get(address) ?? { status: 'absent' }])),
    strays: new Map([...found].flatMap((entry) => strayOf(entry, resources))),
    intruders: [],
  };
}

async function observeOne(
  view: HostView,
  place: ImagePlace,
  mark: string | undefined,
  resource: Resource<'image'> | undefined,
): Promise<Observation<ImageSeen>> {
  const why = await whyForeign(view, place, mark);
  const { seen: looked, problem, nothing } = await lookAt(view, place, resource);
  const seen = { ...looked, was: formerName(mark?.split('@')[0], { ...view, address: place.address }) };
  const problems = problem === undefined ? [] : [problem];
  if (why !== undefined) {
    const folder = (await view.stat(place.path))?.type === 'directory';
    return { status: 'foreign', why, problems, ...(folder ? { adoptable: { ...seen, foreign: true } } : {}) };
  }
  return { status: nothing ? 'absent' : 'present', seen, problems };
}

/** Undefined when the folder carries the mark of this image, or is not there. */
export async function whyForeign(
  view: HostView,
  place: ImagePlace,
  mark: string | undefined,
): Promise<string | undefined> {
  const { path } = place;
  const stat = await view.stat(path);
  if (stat === undefined) return undefined;
  if (stat.type !== 'directory') return `${path} is there and is not a folder`;
  if (isMarkOfFolder(mark, { ...view, ...place }, stat.inode)) return undefined;
  if (mark !== undefined && isFolderMark(mark, 'image'))
    return `the folder ${path} is a copy, or was moved there from elsewhere`;
  return `the folder ${path} was not made by Nova`;
}

function strayOf(
  [address, observation]: readonly [Address, Observation<ImageSeen>],
  declared: ReadonlyMap<Address, unknown>,
): readonly (readonly [Address, ImageSeen])[] {
  return observation.status === 'present' && !declared.has(address) ? [[address, observation.seen]] : [];
}
