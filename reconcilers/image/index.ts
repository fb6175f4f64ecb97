import type { Resource } from '../../schema/manifest.ts';
import type { Host } from '../host/host.ts';
import type { Outputs, Readiness, Reconciler } from '../reconciler.ts';
import { converge } from './converge.ts';
import { describe } from './describe.ts';
import { diff, forget, type ImageStep } from './diff.ts';
import { marksIn } from '../folderMark.ts';
import { observe } from './observe.ts';
import { imageRoot } from '../container/paths.ts';
import { imageFolder, imagePath } from './place.ts';
import type { ImageSeen } from './seen.ts';

/** Images: what capsules and virtual machines are made of, under names of their own. */
export const image: Reconciler<'image', ImageSeen, ImageStep> = {
  kind: 'image',
  uses: [],
  requires: (spec) => [
    'xattr',
    ...('type' in spec && spec.type === 'initramfs' ? ['gzip'] : []),
    ...('reference' in spec ? ['skopeo'] : []),
  ],
  unbuilt: (spec) =>
    'url' in spec ? [{ path: 'source', on: 'value', what: 'downloads are not built yet' }] : [],
  marks: (view) => marksIn(view, imageFolder(view.scope, view.project), 'image'),
  observe,
  diff,
  forget,
  converge,
  ready,
  outputs,
  outputNames: ['path', 'digest', 'format'],
  describe,
};

/**
 * Known before it is made: where it will be follows from what it is made of. For capsules only: `root`, where a layout is
 * unpacked for them, and `made`, the digest while nothing is left to do; or only `pulling`, as what is in a registry is
 * not known before it is here.
 */
function outputs({ spec }: Resource<'image'>, seen: ImageSeen | undefined): Outputs {
  const { wanted, current } = seen ?? {};
  if ('reference' in spec && wanted === undefined) return { pulling: spec.reference };
  const known = wanted ?? current;
  if (seen === undefined || known === undefined) return {};
  const { digest, format, manifest } = known;
  const root = manifest && imageRoot(seen.place.scope, manifest);
  const made = current?.digest === digest && current.damages.length === 0;
  return {
    path: imagePath(seen.place, digest, format),
    digest,
    format,
    ...(root === undefined ? {} : { root }),
    ...(made ? { made: digest } : {}),
  };
}

async function ready(
  host: Host,
  _resource: Resource<'image'>,
  { place, current }: ImageSeen,
): Promise<Readiness> {
  const path = current === undefined ? place.path : imagePath(place, current.digest, current.format);
  const there = current !== undefined && (await host.view().stat(path)) !== undefined;
  return there ? { ready: true } : { ready: false, why: `there is no ${path}` };
}
