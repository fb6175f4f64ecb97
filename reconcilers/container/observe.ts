import { arch } from 'node:process';

import { imageOf } from '../../schema/capsule.ts';
import type { ContainerSpec } from '../../schema/container.ts';
import type { Resource } from '../../schema/manifest.ts';
import type { HostView } from '../host/host.ts';
import { isMarkOf, linkName, parseMark } from '../identity.ts';
import type { Observation, Observations, Obstacle } from '../reconciler.ts';
import { observeEach } from '../observeEach.ts';
import { attachmentIdentity } from '../network/attachments.ts';
import { placeOf } from './desired.ts';
import { lookAt } from './lookAt.ts';
import { complete, type Image, readImage } from './readImage.ts';
import { rememberedImage } from './remembered.ts';
import type { ContainerSeen, Place } from './seen.ts';
import { ownedAddresses } from './strays.ts';

/** Everything of containers, as it is now. Reads only. */
export function observe(
  view: HostView,
  wanted: readonly Resource<'container'>[],
): Promise<Observations<ContainerSeen>> {
  return observeEach(wanted, {
    wanted: (resource) => observeOne(view, resource),
    owned: () => ownedAddresses(view),
    stray: (address) => lookAt(view, placeOf(view, address, architecture), undefined),
  });
}

/** Of this machine, as Go names it. */
export const architecture = arch === 'x64' ? 'amd64' : arch;

async function observeOne(
  view: HostView,
  resource: Resource<'container'>,
): Promise<Observation<ContainerSeen>> {
  const place = placeOf(view, resource.address, architecture);
  const { image, problems } = await readSources(view, resource);
  const [foreign, seen, before] = await Promise.all([
    foreignLink(view, place, resource),
    lookAt(view, place, image),
    readBefore(view, place, resource.spec),
  ]);
  if (seen !== undefined && (seen.forgotten === true || foreign?.unmarked === true)) {
    const why = foreign?.why ?? givenUp;
    return { status: 'foreign', why, problems, adoptable: { ...seen, before, forgotten: true } };
  }
  if (foreign !== undefined) return { status: 'foreign', why: foreign.why, problems };
  if (seen === undefined) return { status: 'absent', problems };
  return { status: 'present', seen: { ...seen, before }, problems };
}

const givenUp = 'what is there was given up with `nova forget`';

/** What the NovaFile points to on the host: the capsule and folders that it mounts. */
async function readSources(
  view: HostView,
  { spec, at }: Resource<'container'>,
): Promise<{ image: Image | undefined; problems: readonly Obstacle[] }> {
  const [read, folders] = await Promise.all([
    readImage(view, spec, architecture),
    missingFolders(view, spec.volumes),
  ]);
  const problems = [
    ...(read.problem === undefined ? [] : [{ ...read.problem, path: ['capsule'] }]),
    ...folders,
  ];
  return { image: read.image, problems: problems.map((problem) => ({ ...problem, at })) };
}

/** A declared image may be yet to be made: what it was before may be what it will be. */
async function readBefore(view: HostView, place: Place, spec: ContainerSpec): Promise<Image | undefined> {
  const before = imageOf(spec.capsule) !== undefined ? await rememberedImage(view, place) : undefined;
  return before && (await complete(view, spec, before)).image;
}

async function missingFolders(
  view: HostView,
  volumes: Resource<'container'>['spec']['volumes'],
): Promise<readonly Obstacle[]> {
  const checks = volumes.map(async ({ source }, index): Promise<readonly Obstacle[]> => {
    if (source.type !== 'path' || (await view.stat(source.path)) !== undefined) return [];
    const hint = 'make it, or declare a volume and mount that';
    const message = `there is no ${source.path} to mount`;
    return [{ code: 'volume.source', message, hint, path: ['volumes', index] }];
  });
  return (await Promise.all(checks)).flat();
}

async function foreignLink(
  view: HostView,
  place: Place,
  resource: Resource<'container'>,
): Promise<ForeignLink | undefined> {
  const names = [
    linkName(place.identity),
    ...(resource.spec.nics ?? []).map(({ network }) =>
      linkName(attachmentIdentity(place, resource, network)),
    ),
  ];
  const link = (await view.links()).find(
    ({ name, alias }) => names.includes(name) && !isMarkOf(alias, place),
  );
  if (link === undefined) return undefined;
  return {
    why: `link ${link.name} is there and does not carry its mark`,
    unmarked: parseMark(link.alias) === undefined,
  };
}

interface ForeignLink {
  readonly why: string;
  /** It is nobody's: giving it up was cut off, say. */
  readonly unmarked: boolean;
}
