import { imageOf } from '../../schema/capsule.ts';
import type { ContainerSpec } from '../../schema/container.ts';
import type { HostView } from '../host/host.ts';
import { currentImage } from '../image/current.ts';
import type { Obstacle } from '../reconciler.ts';
import { resolveUser, type User } from './imageUser.ts';
import { configDigest, type ImageConfig, parseImageConfig, plainConfig } from './ociImage.ts';
import { chooseFrom, readBlob } from './layout.ts';
import { imageRoot } from './paths.ts';

/** What a capsule is made of, as far as it can be read before anything is made. */
export interface Image {
  /** The folder or OCI image layout that it is read from. */
  readonly from: string;
  /** Folder with the root that is the lower layer. */
  readonly lower: string;
  /** Of the manifest, 64 hexadecimal digits; undefined for a plain folder. */
  readonly digest: string | undefined;
  readonly config: ImageConfig;
  /** Undefined while its name cannot be looked up, as the image has not been unpacked. */
  readonly user: User | undefined;
}

/** Neither of the two: it is a declared image, which has not been made yet, or has to be made again. */
export type ImageRead =
  | { readonly image?: never; readonly problem?: never }
  | { readonly image: Image; readonly problem?: never }
  | { readonly problem: Obstacle; readonly image?: never };

/**
 * Reads what a capsule's folder, OCI image layout or declared image says. Problems are `capsule.missing` and `capsule.invalid`.
 * @param architecture as Go names it
 */
export async function readImage(
  view: HostView,
  spec: ContainerSpec,
  architecture: string,
): Promise<ImageRead> {
  const { capsule } = spec;
  if (capsule.type === 'path') return readFrom(view, spec, capsule.path, architecture);
  const name = imageOf(capsule) ?? '';
  const declared = await currentImage(view, name);
  if (declared === undefined || (await view.stat(declared.path)) === undefined) return {};
  const { format, path, digest } = declared;
  const read =
    format === 'root' || format === 'oci'
      ? await readFrom(view, spec, path, architecture)
      : invalid(`capsule image.${name} is ${format}, not a root`, useLocal);
  return onlyWhile(read, name, digest);
}

/** An image may be about to become another one, or whole again, and its problem with it. */
function onlyWhile(read: ImageRead, name: string, digest: string): ImageRead {
  if (read.problem === undefined) return read;
  return { problem: { ...read.problem, while: { address: `image.${name}`, output: 'made', value: digest } } };
}

async function readFrom(
  view: HostView,
  spec: ContainerSpec,
  path: string,
  architecture: string,
): Promise<ImageRead> {
  const stat = await view.stat(path);
  if (stat === undefined) return missing(path);
  if (/[:,\\]/.test(path))
    return invalid(
      `the path of capsule ${path} holds one of : , \\`,
      'overlayfs takes none of these: rename it',
    );
  const names = await view.list(path);
  if (names === undefined) return invalid(`capsule ${path} is not a folder`, useLocal);
  const found = names.includes('oci-layout')
    ? await readLayout(view, path, architecture)
    : folder(path, names);
  return typeof found === 'string'
    ? invalid(`capsule ${path}: ${found}`, useLocal)
    : complete(view, spec, found);
}

/** An image before it is known as whom it runs. */
export type Found = Omit<Image, 'user'>;

const useLocal =
  'give a folder with a root file system, or an OCI image layout (as `skopeo copy … oci:DIR:latest` makes)';

function folder(path: string, names: readonly string[]): Found | string {
  return names.length === 0
    ? 'it is empty'
    : { from: path, lower: path, digest: undefined, config: plainConfig };
}

async function readLayout(view: HostView, layout: string, architecture: string): Promise<Found | string> {
  const choice = await chooseFrom(view, layout, architecture);
  if (choice.type !== 'manifest') return choice.why;
  const of = configDigest(await readBlob(view, layout, choice.digest));
  const config = of === undefined ? undefined : parseImageConfig(await readBlob(view, layout, of));
  if (config === undefined) return `the image sha256:${choice.digest} is not whole`;
  return { from: layout, lower: imageRoot(view.scope, choice.digest), digest: choice.digest, config };
}

/** Says as whom it runs, or what is missing to run it. */
export async function complete(view: HostView, spec: ContainerSpec, found: Found): Promise<ImageRead> {
  if (argsOf(spec, found.config).length === 0) {
    return invalid(
      'the capsule does not say what to run',
      'add `command`, as command = ["/bin/server", "--port", "80"]',
    );
  }
  const written = spec.user ?? found.config.user ?? '0:0';
  if (/^[0-9]+:[0-9]+$/.test(written))
    return { image: { ...found, user: resolveUser(written, undefined, undefined) } };
  const [root, passwd, group] = await Promise.all([
    view.stat(found.lower),
    view.read(`${found.lower}/etc/passwd`),
    view.read(`${found.lower}/etc/group`),
  ]);
  const user = resolveUser(written, passwd, group);
  if (user === undefined && root !== undefined) {
    return invalid(
      `the capsule is to run as ${written}, whom it does not know`,
      'set `user` to a number, as "1000:1000"',
    );
  }
  return { image: { ...found, user } };
}

/** What runs: the NovaFile's command, else the image's own. */
export function argsOf(spec: Pick<ContainerSpec, 'command'>, config: ImageConfig): readonly string[] {
  return spec.command ?? [...config.entrypoint, ...config.command];
}

function missing(path: string): ImageRead {
  const hint = 'check the path: it is relative to the folder of the NovaFile';
  return { problem: { code: 'capsule.missing', message: `there is no capsule at ${path}`, hint } };
}

function invalid(message: string, hint: string): ImageRead {
  return { problem: { code: 'capsule.invalid', message, hint } };
}
