import { createHash } from 'node:crypto';

import { NovaError } from '../../schema/errors.ts';
import { pinnedDigest, pinnedTo } from '../../schema/registryReference.ts';
import { architecture } from '../container/observe.ts';
import type { Host, HostView } from '../host/host.ts';
import type { RegistryImage } from '../host/imagePorts.ts';
import { finish } from './make.ts';
import { fileNames, imagesFolder, type ImagePlace } from './place.ts';
import { blobsOf, platformOf, choosePlatform } from './registryManifest.ts';
import { readSource } from './source.ts';

/** What is pulled, and how the NovaFile asks for it. */
export interface Pulled extends RegistryImage {
  readonly asked: string;
}

/**
 * Pulls the image that fits this machine, as a layout. What a reference leads to is asked once; everything after that goes
 * by digests. No blob is fetched that is in any image of this scope, or that a pull that was cut off has left.
 * @returns the digest of what was made, in 64 hexadecimal digits
 */
export async function pull(
  host: Host,
  place: ImagePlace,
  { asked, ...image }: Pulled,
  signal: AbortSignal,
): Promise<string> {
  const top = await host.registry.manifest(image, signal);
  const digest = sha256(top);
  const pinned = pinnedDigest(image.reference);
  if (pinned !== undefined && pinned !== digest)
    throw invalid(image, `the registry gave another one: sha256:${digest}`);
  const fitting = await follow(host, image, top, signal);
  const layout = `${place.work}/${fileNames.oci}`;
  await collect(host, place, layout, [fitting.digest, ...blobsOf(fitting.text)]);
  const exact = { ...image, reference: pinnedTo(image.reference, fitting.digest) };
  await host.registry.copy(exact, layout, signal);
  const source = await sourceIn(host.view(), image, layout);
  await finish(host, place, { ...source, pulled: { reference: asked, digest } }, layout);
  return source.digest;
}

/** From an index to the manifest of the image for this machine. */
async function follow(
  host: Host,
  image: RegistryImage,
  top: string,
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly digest: string }> {
  let text = top;
  for (let depth = 0; depth < 3; depth += 1) {
    const chosen = choosePlatform(text, architecture);
    if (chosen === 'image') return { text, digest: sha256(text) };
    if ('why' in chosen) throw invalid(image, chosen.why);
    text = await host.registry.manifest(
      { ...image, reference: pinnedTo(image.reference, chosen.digest) },
      signal,
    );
    if (sha256(text) !== chosen.digest)
      throw invalid(image, 'its index names another manifest than the registry gave');
  }
  throw invalid(image, 'its index leads to an index that leads to another one');
}

/** Leaves in the layout just those of the blobs that are here already, each as its digest says. */
async function collect(
  host: Host,
  place: ImagePlace,
  layout: string,
  blobs: readonly string[],
): Promise<void> {
  const view = host.view();
  for (const name of (await view.list(place.work)) ?? [])
    if (name !== fileNames.oci) await host.files.remove(`${place.work}/${name}`);
  for (const name of (await view.list(layout)) ?? [])
    if (name !== 'blobs') await host.files.remove(`${layout}/${name}`);
  const own = blobFolder(layout);
  const kept = new Set(await intact(view, own, blobs));
  for (const name of (await view.list(own)) ?? [])
    if (!kept.has(name)) await host.files.remove(`${own}/${name}`);
  await host.files.makeDirectory(place.work, 0o755);
  const folders = await blobFolders(view);
  for (const blob of blobs.filter((each) => !kept.has(each))) {
    for (const folder of folders) {
      if ((await view.sha256(`${folder}/${blob}`)) !== blob) continue;
      if (await link(host, `${folder}/${blob}`, `${own}/${blob}`)) break;
    }
  }
}

/** Whether it is there now: an image may sweep away what nobody uses any more while another one looks for blobs. */
async function link(host: Host, from: string, to: string): Promise<boolean> {
  try {
    await host.trees.link(from, to);
    return true;
  } catch (error) {
    if ((await host.view().stat(from)) !== undefined) throw error;
    return false;
  }
}

async function intact(view: HostView, folder: string, blobs: readonly string[]): Promise<readonly string[]> {
  const checked = blobs.map(async (blob) =>
    (await view.sha256(`${folder}/${blob}`)) === blob ? [blob] : [],
  );
  return (await Promise.all(checked)).flat();
}

/** Where images of this scope, of all its projects, keep blobs. */
async function blobFolders(view: HostView): Promise<readonly string[]> {
  const inner = async (folders: readonly string[]): Promise<readonly string[]> => {
    const names = await Promise.all(
      folders.map(async (folder) => ((await view.list(folder)) ?? []).map((name) => `${folder}/${name}`)),
    );
    return names.flat();
  };
  const digests = await inner(await inner(await inner([imagesFolder(view.scope)])));
  return digests.map((folder) => blobFolder(`${folder}/${fileNames.oci}`));
}

function blobFolder(layout: string): string {
  return `${layout}/blobs/sha256`;
}

/** What was pulled, if it is whole and for this machine. */
async function sourceIn(view: HostView, image: RegistryImage, layout: string) {
  const read = await readSource(view, { source: layout, format: 'oci' }, new Map());
  if ('problem' in read) throw new NovaError('image.pull', read.problem.message, { hint: 'run it again' });
  const { source } = read;
  if (source.manifest === undefined) throw invalid(image, 'what was pulled holds no image that can be read');
  const own = blobFolder(layout);
  const text = (await view.read(`${own}/${source.manifest}`)) ?? '';
  const blobs = [source.manifest, ...blobsOf(text)];
  const whole = await intact(view, own, blobs);
  const broken = blobs.find((blob) => !whole.includes(blob));
  if (broken !== undefined)
    throw new NovaError('image.pull', `${image.reference}: the blob ${broken.slice(0, 12)} is not whole`, {
      hint: 'run it again',
    });
  const platform = await platformOf(view, own, text);
  if (platform !== undefined && platform !== `linux/${architecture}`)
    throw invalid(image, `it is for ${platform}, and this host is linux/${architecture}`);
  return source;
}

function invalid({ reference }: RegistryImage, why: string): NovaError {
  const hint = 'ask for another tag or digest of it';
  return new NovaError('image.invalid', `${reference} cannot be used: ${why}`, { hint });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
