import type { ImageSpec } from '../../schema/image.ts';
import type { Address, Resource } from '../../schema/manifest.ts';
import type { Dependencies, FieldChange, Step } from '../reconciler.ts';
import type { Damage } from './record.ts';
import type { Current, ImageSeen } from './seen.ts';

export type ImageStepId = 'moved' | 'adopt' | 'forget' | 'import' | 'pull' | 'build' | 'unfinished' | 'drop';

export interface ImageStep extends Step {
  readonly id: ImageStepId;
}

/** Pure: the steps from what is there to what is declared; without a resource, to nothing. */
export function diff(input: {
  readonly resource: Resource<'image'> | undefined;
  readonly seen: ImageSeen | undefined;
  readonly deps: Dependencies;
}): readonly ImageStep[] {
  const { resource, seen, deps } = input;
  if (resource === undefined) {
    if (seen === undefined || seen.disks.some((address) => isDormant(address, deps))) return [];
    const changes = [{ path: 'path', before: seen.place.path, after: undefined }];
    return [live('drop', 'unmanaged', 'an image that is not declared', changes)];
  }
  const { was } = seen ?? {};
  const change = { path: 'address', before: was, after: resource.address };
  const moved = was === undefined ? [] : [live('moved', 'changed', `it was ${was}`, [change])];
  return [...adopted(seen), ...moved, ...diffDeclared(resource, seen)];
}

function adopted(seen: ImageSeen | undefined): readonly ImageStep[] {
  if (seen?.foreign !== true) return [];
  const { path } = seen.place;
  const change = { path: 'adopts', before: undefined, after: path };
  return [live('adopt', 'changed', `the folder ${path} is not Nova's; it is taken over as it is`, [change])];
}

/** Pure: what it takes to give it up; the reason says what stays. */
export function forget({ place }: ImageSeen): readonly ImageStep[] {
  return [live('forget', 'unmanaged', `the folder ${place.path} stays as it is`, [])];
}

function diffDeclared(resource: Resource<'image'>, seen: ImageSeen | undefined): readonly ImageStep[] {
  const { spec } = resource;
  const id = 'reference' in spec ? 'pull' : 'source' in spec || 'url' in spec ? 'import' : 'build';
  const { wanted, current, unfinished } = seen ?? {};
  if (current === undefined || seen === undefined) {
    const change = wanted === undefined ? source(undefined, spec) : [digest(undefined, wanted.digest)];
    return [live(id, 'missing', `it has not been ${done[id]}`, change)];
  }
  if (wanted === undefined && 'reference' in spec)
    return [live(id, 'changed', 'another image is asked for', source(current, spec))];
  if (wanted !== undefined && wanted.digest !== current.digest)
    return [live(id, 'changed', 'what it is made of changed', [digest(current.digest, wanted.digest)])];
  const [damage] = current.damages;
  if (damage !== undefined) {
    const gone = current.damages.some(({ what }) => what === 'missing');
    const changes = current.damages.map(({ path, what }) => ({
      path: path === '' ? 'image' : path,
      before: what,
      after: 'as it was made',
    }));
    return [live(id, gone ? 'missing' : 'changed', reasonFor(damage, seen), changes)];
  }
  return unfinished === true ? [live('unfinished', 'unmanaged', 'a part of it was left half-made', [])] : [];
}

const done = { pull: 'pulled', import: 'imported', build: 'made' } as const;

/** Where it comes from, of what is pulled: what it is will be known when it is there. */
function source(current: Current | undefined, spec: ImageSpec): readonly FieldChange[] {
  if (!('reference' in spec)) return [];
  const before = current?.pulled && `docker://${current.pulled.reference}`;
  return [{ path: 'source', before, after: `docker://${spec.reference}` }];
}

/** A machine that is declared without a disk keeps the one that it had, with what lies under it. */
function isDormant(address: Address, deps: Dependencies): boolean {
  const vm = deps.spec('vm', address.slice('vm.'.length));
  return vm !== undefined && vm.image === undefined;
}

function digest(before: string | undefined, after: string): FieldChange {
  return { path: 'digest', before: before?.slice(0, 12), after: after.slice(0, 12) };
}

function reasonFor({ path, what }: Damage, { place }: ImageSeen): string {
  const subject = path === '' ? `the image in ${place.path}` : `${path} in ${place.path}`;
  return what === 'added'
    ? `${subject} does not belong to it`
    : `${subject} ${what === 'missing' ? 'is missing' : 'was changed'}`;
}

function live(
  id: ImageStepId,
  kind: Step['class'],
  reason: string,
  changes: readonly FieldChange[],
): ImageStep {
  return { id, effect: 'live', class: kind, reason, changes };
}
