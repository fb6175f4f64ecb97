import { NovaError } from '../../schema/errors.ts';
import type { Host } from '../host/host.ts';
import type { TreeEntry } from '../host/tree.ts';
import type { LocalImage } from './parts.ts';
import { fileNames, imagePath, recordName, recordPath, type ImagePlace } from './place.ts';
import { type ImageRecord, recordOf } from './record.ts';
import { contentDigest, type Source } from './source.ts';

/** Makes one digest of an image, or mends it. It gets its name when it is whole, and on the disk. */
export async function makeImage(
  host: Host,
  place: ImagePlace,
  spec: LocalImage,
  source: Source,
): Promise<void> {
  const { format } = source;
  const made = `${place.work}/${fileNames[format]}`;
  await host.files.remove(place.work);
  await host.files.makeDirectory(place.work, 0o755);
  await fill(host, place, spec, source, made);
  await finish(host, place, source, made);
}

/** Gives what was made, in the folder for that, its record and its name. */
export async function finish(
  host: Host,
  place: ImagePlace,
  source: Source & Pick<ImageRecord, 'pulled'>,
  made: string,
): Promise<void> {
  const { digest, format } = source;
  const entries = await entriesOf(host, made);
  const record = `${JSON.stringify(recordOf(entries, source), null, 1)}\n`;
  const target = imagePath(place, digest, format);
  if ((await host.view().stat(`${place.path}/${digest}`)) === undefined) {
    await host.files.write(`${place.work}/${recordName}`, record, 0o644);
    return host.files.rename(place.work, `${place.path}/${digest}`);
  }
  // Somebody may be using it: what is as it should be stays.
  await host.trees.replace(made, target);
  await host.files.write(recordPath(place, digest), record, 0o644);
}

async function fill(
  host: Host,
  place: ImagePlace,
  spec: LocalImage,
  source: Source,
  made: string,
): Promise<void> {
  const { format, parts } = source;
  if ('source' in spec) {
    await host.trees.copy(spec.source, made);
    await verify(host, made, source);
    if (format === 'root' || format === 'oci') return;
    // A disk is for whoever may use it, not for whoever had it.
    await host.files.chown(made, 0, 0);
    return host.files.chmod(made, 0o644);
  }
  const tree = format === 'root' ? made : `${place.work}/tree`;
  await host.trees.assemble(parts ?? [], tree);
  await verify(host, tree, source);
  if (format === 'root') return;
  await host.trees.pack(tree, made);
  await host.files.remove(tree);
}

/** What was made is what was planned, whoever wrote to the source meanwhile. */
async function verify(host: Host, path: string, { digest, format }: Source): Promise<void> {
  const view = host.view();
  const hash = async (file: string): Promise<string> => (await view.sha256(file)) ?? '';
  if ((await contentDigest(path, format, await entriesOf(host, path), hash)) === digest) return;
  const hint = 'run it again when nobody writes to it';
  throw new NovaError('host.file', 'what the image is made of changed while it was read', { hint });
}

async function entriesOf(host: Host, path: string): Promise<readonly TreeEntry[]> {
  const entries = await host.view().tree(path);
  if (entries !== undefined) return entries;
  throw new NovaError('host.file', `${path} is gone`, { hint: 'run it again' });
}
