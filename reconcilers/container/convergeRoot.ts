import { NovaError } from '../../schema/errors.ts';
import type { Job } from './converge.ts';
import { parseOverlay } from './overlay.ts';
import { containerPaths } from './paths.ts';
import { formatImage } from './remembered.ts';
import { type Image, readImage } from './readImage.ts';

/**
 * The capsule as a mounted root: read-only below, what the capsule writes above. What was written on top of another
 * capsule goes.
 */
export async function makeRoot(job: Job): Promise<void> {
  const { host, place } = job;
  const image = await imageOf(job);
  const paths = containerPaths(place.scope, place.identity);
  const view = host.view();
  const [mounts, text] = await Promise.all([view.mounts(), view.read(paths.lower)]);
  const upperOf = text?.replace(/\n$/, '');
  const mount = mounts.get(paths.rootfs);
  const overlay = mount && parseOverlay(mount.options);
  if (upperOf === image.lower && overlay?.lower === image.lower && overlay.upper === paths.upper) return;
  if (mount !== undefined) await host.mounts.unmount(paths.rootfs);
  if (upperOf !== undefined && upperOf !== image.lower) await discard(job);
  await unpack(job, image);
  await host.files.makeDirectory(paths.data);
  await host.files.write(paths.image, formatImage(image));
  await host.files.write(paths.lower, `${image.lower}\n`);
  await makeUpper(job, image);
  await host.files.makeDirectory(paths.rootfs);
  await host.mounts.overlay({
    lower: image.lower,
    upper: paths.upper,
    work: paths.work,
    target: paths.rootfs,
  });
}

/** What the NovaFile's capsule is now. Errors: `capsule.missing`, `capsule.invalid`. */
export async function imageOf({ host, place, resource }: Job): Promise<Image> {
  if (resource === undefined) throw new NovaError('internal', `${place.address} is not declared`);
  const { image, problem } = await readImage(host.view(), resource.spec, place.architecture);
  if (image !== undefined) return image;
  const { code, message, hint } = problem ?? notMade;
  throw new NovaError(code, message, { at: resource.at, hint });
}

const notMade = {
  code: 'capsule.missing',
  message: 'the image of the capsule is not there',
  hint: 'apply again: it is made first',
} as const;

async function discard({ host, place }: Job): Promise<void> {
  const { upper, work, exit } = containerPaths(place.scope, place.identity);
  for (const path of [upper, work, exit]) await host.files.remove(path);
  await host.images.release(place.identity);
}

async function unpack({ host, place }: Job, { digest, from }: Image): Promise<void> {
  if (digest === undefined) return;
  await host.images.unpack({ layout: from, digest, user: place.identity });
}

/** The upper folder gives `/` its mode and owner: they are the capsule's. */
async function makeUpper({ host, place }: Job, image: Image): Promise<void> {
  const { upper, work } = containerPaths(place.scope, place.identity);
  const root = await host.view().stat(image.lower);
  await host.files.makeDirectory(upper, root?.mode ?? 0o755);
  if (root !== undefined && (root.uid !== 0 || root.gid !== 0))
    await host.files.chown(upper, root.uid, root.gid);
  await host.files.makeDirectory(work);
}
