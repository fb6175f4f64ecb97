import type { Issue } from '../../schema/errors.ts';
import type { ImageSpec } from '../../schema/image.ts';
import type { Resource } from '../../schema/manifest.ts';
import { pinnedDigest } from '../../schema/registryReference.ts';
import type { HostView } from '../host/host.ts';
import { imagePath, recordPath, type ImagePlace } from './place.ts';
import { damagesOf, readRecord } from './record.ts';
import type { Current, Identified, ImageSeen } from './seen.ts';
import { disksOver } from './usage.ts';
import { readSource, type Source } from './source.ts';

export interface Looked {
  readonly seen: ImageSeen;
  /** Undefined when it is not declared, or has a problem. */
  readonly source: Source | undefined;
  readonly problem: Issue | undefined;
  /** Nothing at all is there of it. */
  readonly nothing: boolean;
}

/** What is on the host of one image whose folder is Nova's, or not there. */
export async function lookAt(
  view: HostView,
  place: ImagePlace,
  resource: Resource<'image'> | undefined,
): Promise<Looked> {
  const [names, temporary, pointer] = await Promise.all([
    view.list(place.path),
    view.stat(place.temporary),
    view.read(place.pointer),
  ]);
  const digest = /^[0-9a-f]{64}$/.exec(pointer?.trim() ?? '')?.[0];
  const [current, read, disks] = await Promise.all([
    digest === undefined ? undefined : lookAtDigest(view, place, digest),
    resource === undefined ? undefined : readDeclared(view, place, resource.spec, digest),
    resource === undefined ? disksOver(view, place) : [],
  ]);
  const source = read !== undefined && 'source' in read ? read.source : undefined;
  const unfinished = temporary !== undefined || names?.includes('.new') === true;
  return {
    seen: {
      place,
      wanted: identified(source ?? (current && isWanted(current, resource) ? current : undefined)),
      current,
      unfinished,
      disks,
    },
    source,
    problem: read !== undefined && 'problem' in read ? read.problem : undefined,
    nothing: names === undefined && temporary === undefined,
  };
}

/**
 * What was pulled stays what is wanted as long as it is asked for in the same way: where its tag leads to by now is not
 * asked. So does what has the digest that is asked for.
 */
function isWanted({ pulled, manifest }: Current, resource: Resource<'image'> | undefined): boolean {
  if (resource === undefined || !('reference' in resource.spec)) return false;
  const { reference } = resource.spec;
  const pin = pinnedDigest(reference);
  return pulled?.reference === reference || (pin !== undefined && [pulled?.digest, manifest].includes(pin));
}

function identified(of: Identified | undefined): Identified | undefined {
  return of && { digest: of.digest, format: of.format, manifest: of.manifest };
}

/** One of an image's digests; undefined when it is not there, or nothing tells what it was. */
export async function lookAtDigest(
  view: HostView,
  place: ImagePlace,
  digest: string,
): Promise<Current | undefined> {
  const record = readRecord(await view.read(recordPath(place, digest)));
  if (record === undefined) return undefined;
  const { format, manifest, pulled, size } = record;
  const entries = (await view.tree(imagePath(place, digest, format))) ?? [];
  return { digest, format, manifest, pulled, size, damages: damagesOf(record, entries).slice(0, enough) };
}

/** Differences that are told one by one. */
const enough = 3;

/** Files that have not changed since the image was made are not read again. */
async function readDeclared(view: HostView, place: ImagePlace, spec: ImageSpec, digest: string | undefined) {
  // What is in a registry is asked for when it is pulled.
  if ('reference' in spec || 'url' in spec) return undefined;
  const text = digest === undefined ? undefined : await view.read(recordPath(place, digest));
  return readSource(view, spec, new Map(Object.entries(readRecord(text)?.sources ?? {})));
}
