import { parents, type DownloadedImage, type ImageSpec, type PulledImage } from '../../schema/image.ts';
import type { TreePart } from '../host/tree.ts';

/** What is made of files of this host. */
export type LocalImage = Exclude<ImageSpec, PulledImage | DownloadedImage>;

export type FilesSpec = Extract<ImageSpec, { readonly files: unknown }>;

/** Pure: everything that an image of listed files holds, each after the folder that it is in, sorted bytewise. */
export function partsOf(
  { files, links, folders }: FilesSpec,
  modeOf: (source: string) => number,
): readonly TreePart[] {
  const leaves = [...Object.keys(files), ...Object.keys(links)];
  const directories = new Set(['', ...folders, ...[...leaves, ...folders].flatMap(parents)]);
  const parts: TreePart[] = [
    ...[...directories].map((path) => ({ path, type: 'directory' as const, mode: 0o755, from: '' })),
    ...Object.entries(files).map(([path, from]) => ({
      path,
      type: 'file' as const,
      mode: modeOf(from),
      from,
    })),
    ...Object.entries(links).map(([path, from]) => ({ path, type: 'symlink' as const, mode: 0o777, from })),
  ];
  return parts.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}
