import { NovaError } from '../../schema/errors.ts';
import type { PulledImage } from '../../schema/image.ts';
import type { Resource } from '../../schema/manifest.ts';
import { pinnedTo } from '../../schema/registryReference.ts';
import { folderMark } from '../folderMark.ts';
import type { Host } from '../host/host.ts';
import type { Work } from '../reconciler.ts';
import type { ImageStep } from './diff.ts';
import { lookAt, lookAtDigest } from './lookAt.ts';
import { makeImage } from './make.ts';
import { pull } from './pull.ts';
import { whyForeign } from './observe.ts';
import { imageFolder, imagePlace, imagesFolder, type ImagePlace } from './place.ts';
import type { ImageSeen } from './seen.ts';
import { usesOf } from './usage.ts';

/** Runs one step; running it again changes nothing more. A folder that is not the image's is never touched. */
export async function converge(
  host: Host,
  { address, step, resource }: Pick<Work<'image', ImageSeen, ImageStep>, 'address' | 'step' | 'resource'>,
  signal: AbortSignal,
): Promise<void> {
  const place = imagePlace(host.scope, host.project, address);
  if (step.id === 'adopt') return mark(host, place, place.path);
  if (step.id === 'forget') return giveUp(host, place);
  await refuseForeign(host, place);
  if (step.id === 'moved') return mark(host, place, place.path);
  if (step.id === 'drop') return drop(host, place);
  if (step.id === 'unfinished') return removeUnfinished(host, place);
  if (resource === undefined)
    throw new NovaError('internal', `${address} cannot do step ${step.id} without being declared`);
  return make(host, place, resource, signal);
}

/** Whole beside its place first; from the renaming of the pointer on it is the image. */
async function make(
  host: Host,
  place: ImagePlace,
  resource: Resource<'image'>,
  signal: AbortSignal,
): Promise<void> {
  const { seen, source, problem } = await lookAt(host.view(), place, resource);
  if ('reference' in resource.spec) return pullInto(host, seen, resource.spec, signal);
  if (source === undefined || 'url' in resource.spec) {
    const { code, message, hint } = problem ?? {
      code: 'internal',
      message: `${place.address} has no source`,
    };
    throw new NovaError(code, message, { at: resource.at, hint });
  }
  const { digest } = source;
  const { current } = seen;
  if (current?.digest === digest && current.damages.length === 0) return removeUnfinished(host, place);
  await makeFolder(host, place);
  const known = await lookAtDigest(host.view(), place, digest);
  if (known === undefined || known.damages.length > 0) await makeImage(host, place, resource.spec, source);
  await putInForce(host, seen, digest);
}

/** What is there, whole, and not asked for otherwise, is not asked for again. */
async function pullInto(host: Host, seen: ImageSeen, spec: PulledImage, signal: AbortSignal): Promise<void> {
  const { place, wanted, current } = seen;
  if (wanted !== undefined && current?.damages.length === 0) return removeUnfinished(host, place);
  await makeFolder(host, place);
  // Mending does not follow a tag that has moved.
  const { digest } = wanted === undefined ? {} : (current?.pulled ?? {});
  const reference = digest === undefined ? spec.reference : pinnedTo(spec.reference, digest);
  await putInForce(
    host,
    seen,
    await pull(host, place, { ...spec, reference, asked: spec.reference }, signal),
  );
}

async function putInForce(host: Host, { place, current }: ImageSeen, digest: string): Promise<void> {
  await sweep(host, place, [digest, ...(current === undefined ? [] : [current.digest])]);
  await host.files.write(place.pointer, `${digest}\n`, 0o644);
  await removeUnfinished(host, place);
}

async function makeFolder(host: Host, place: ImagePlace): Promise<void> {
  const { path, temporary } = place;
  if ((await host.view().stat(path)) !== undefined) return;
  await host.files.makeDirectory(temporary, 0o755);
  await mark(host, place, temporary);
  await host.files.rename(temporary, path);
}

async function giveUp(host: Host, place: ImagePlace): Promise<void> {
  const view = host.view();
  const mark = (await view.marks([place.path])).get(place.path);
  if (mark !== undefined && (await whyForeign(view, place, mark)) === undefined)
    await host.files.unmark(place.path);
}

async function mark(host: Host, place: ImagePlace, folder: string): Promise<void> {
  const stat = await host.view().stat(folder);
  if (stat?.type !== 'directory')
    throw new NovaError('host.file', `${folder} is not a folder`, { hint: 'remove it' });
  await host.files.mark(folder, folderMark(host.scope, host.project, place, stat.inode));
}

/**
 * Takes away the digests that nobody uses any more. The one before this one stays until the next: its users move only
 * after it has gone out of force.
 */
async function sweep(host: Host, place: ImagePlace, keep: readonly string[]): Promise<void> {
  const view = host.view();
  const names = ((await view.list(place.path)) ?? []).filter((name) => /^[0-9a-f]{64}$/.test(name));
  const old = names.filter((name) => !keep.includes(name));
  if (old.length === 0) return;
  const used = new Set((await usesOf(view, place)).map(({ digest }) => digest));
  for (const name of old) if (!used.has(name)) await host.files.remove(`${place.path}/${name}`);
}

async function drop(host: Host, place: ImagePlace): Promise<void> {
  const [use] = await usesOf(host.view(), place);
  if (use !== undefined) {
    const hint = 'it goes when nothing uses it any more: apply again then';
    throw new NovaError('image.used', `${place.address} is used by ${use.who}`, { hint });
  }
  // What says whose it is goes last.
  for (const name of (await host.view().list(place.path)) ?? [])
    await host.files.remove(`${place.path}/${name}`);
  await host.files.remove(place.path);
  await removeUnfinished(host, place);
}

async function removeUnfinished(host: Host, { work, temporary }: ImagePlace): Promise<void> {
  await host.files.remove(work);
  await host.files.removeEmpty(temporary);
  await host.files.removeEmpty(imageFolder(host.scope, host.project));
  await host.files.removeEmpty(imagesFolder(host.scope));
}

async function refuseForeign(host: Host, place: ImagePlace): Promise<void> {
  const view = host.view();
  const why = await whyForeign(view, place, (await view.marks([place.path])).get(place.path));
  if (why === undefined) return;
  throw new NovaError('host.foreign', `${place.address}: ${why}`, {
    hint: 'move it elsewhere, and apply again',
  });
}
