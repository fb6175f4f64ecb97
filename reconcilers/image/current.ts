import type { HostView } from '../host/host.ts';
import { imagePath, imagePlace, recordPath } from './place.ts';
import { readRecord } from './record.ts';
import type { Identified } from './seen.ts';

/** The image of that name as it is now, with the path that its users are given; undefined when there is none. */
export async function currentImage(
  view: HostView,
  name: string,
): Promise<(Omit<Identified, 'manifest'> & { readonly path: string }) | undefined> {
  const place = imagePlace(view.scope, view.project, `image.${name}`);
  const digest = (await view.read(place.pointer))?.trim();
  if (digest === undefined) return undefined;
  const format = readRecord(await view.read(recordPath(place, digest)))?.format;
  return format && { digest, format, path: imagePath(place, digest, format) };
}
