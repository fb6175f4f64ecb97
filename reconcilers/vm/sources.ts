import { imageAddress } from '../../schema/imageSource.ts';
import type { Resource } from '../../schema/manifest.ts';
import type { HostView } from '../host/host.ts';
import type { DiskSeen } from '../host/view.ts';
import { currentImage } from '../image/current.ts';
import type { Obstacle } from '../reconciler.ts';
import { smallDisk } from './diskSize.ts';

/** What is wrong with the files that a machine starts from, as far as they are there now. */
export async function sourceProblems(view: HostView, resource: Resource<'vm'>): Promise<readonly Obstacle[]> {
  const [missing, small] = await Promise.all([missingSources(view, resource), tooLarge(view, resource)]);
  return [...missing, ...small].map((problem) => ({ ...problem, at: resource.at }));
}

async function missingSources(
  view: HostView,
  { spec: { image, boot } }: Resource<'vm'>,
): Promise<readonly Obstacle[]> {
  const named = [
    { source: image, path: ['image'] },
    { source: boot?.kernel, path: ['boot', 'kernel'] },
    { source: boot?.initrd, path: ['boot', 'initrd'] },
  ];
  const checks = named.map(async ({ source, path }): Promise<readonly Obstacle[]> => {
    if (source?.type !== 'path') return [];
    const { path: file } = source;
    const stat = await view.stat(file);
    if (stat !== undefined && stat.type !== 'directory') return [];
    const message = stat === undefined ? `there is no file ${file}` : `${file} is a folder, not a file`;
    const hint = 'write the path as seen from the NovaFile, or make the file';
    return [{ code: 'vm.source', message, hint, path }];
  });
  return (await Promise.all(checks)).flat();
}

/** An image that is yet to be made is looked at when the disk is made over it. */
async function tooLarge(view: HostView, resource: Resource<'vm'>): Promise<readonly Obstacle[]> {
  const { image, disk } = resource.spec;
  if (image === undefined || disk === undefined) return [];
  if (image.type === 'path') return smallDisk(resource, await diskAt(view, image.path));
  const made = await currentImage(view, image.name);
  if (made === undefined || (made.format !== 'qcow2' && made.format !== 'raw')) return [];
  // It may be about to become another one, or whole again.
  const condition = { address: imageAddress(image.name), output: 'made', value: made.digest };
  const problems = smallDisk(resource, await diskAt(view, made.path));
  return problems.map((problem) => ({ ...problem, while: condition }));
}

/** What cannot be read as a disk is refused when one is to be made over it. */
async function diskAt(view: HostView, path: string): Promise<DiskSeen | undefined> {
  const stat = await view.stat(path);
  if (stat?.type !== 'file' && stat?.type !== 'symlink') return undefined;
  return view.disk(path).catch(() => undefined);
}
