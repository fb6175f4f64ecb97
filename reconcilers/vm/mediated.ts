import type { Resource } from '../../schema/manifest.ts';
import type { Mediated, PciHost } from '../host/pci/model.ts';
import { partIdentity } from '../identity.ts';
import type { Dependencies, Obstacle } from '../reconciler.ts';
import type { VmSeen } from './seen.ts';
import { step, type VmStep } from './step.ts';

/** A mediated device of a machine, and of which device it is made. */
export interface MediatedPart extends Mediated {
  readonly parent: string;
}

/** Of one type, more than a device has of any. */
const most = 64;

/** Its UUID is its mark: what is not the machine's has another one. */
function uuidFor(identity: string, parent: string, type: string, number: number): string {
  return partIdentity(identity, `${parent}/${type}#${number}`);
}

/** Pure: the mediated devices of a machine that there are, whoever has lost what else tells of them. */
export function mediatedOf(identity: string, { devices }: PciHost): readonly MediatedPart[] {
  return devices.flatMap(({ address: parent, mediated }) =>
    mediated
      .filter(({ uuid, type }) =>
        Array.from({ length: most }, (_, number) => uuidFor(identity, parent, type, number)).includes(uuid),
      )
      .map((each) => ({ ...each, parent })),
  );
}

/** Pure: those that it is to have, by their place in `gpu_passthrough`; undefined while a device is not known. */
export function wantedMediated(
  { spec }: Resource<'vm'>,
  seen: Pick<VmSeen, 'gpus'> | undefined,
  deps: Dependencies,
): ReadonlyMap<number, MediatedPart> | undefined {
  const { gpu_passthrough: wanted } = spec;
  const found = new Map<number, MediatedPart>();
  if (wanted === undefined || wanted === true) return found;
  const numbers = new Map<string, number>();
  for (const [place, { name, mdev: type }] of wanted.entries()) {
    if (type === undefined) continue;
    const parent = deps.gpu?.(name)?.device;
    const identity = seen?.gpus?.identity;
    if (parent === undefined || identity === undefined) return undefined;
    const number = numbers.get(`${parent} ${type}`) ?? 0;
    numbers.set(`${parent} ${type}`, number + 1);
    found.set(place, { uuid: uuidFor(identity, parent, type, number), type, parent });
  }
  return found;
}

/** Pure: what it takes that there are those that the machine is to have, and no others of its own. */
export function diffMediated(
  resource: Resource<'vm'>,
  seen: Pick<VmSeen, 'gpus'>,
  deps: Dependencies,
): readonly VmStep[] {
  const wanted = wantedMediated(resource, seen, deps);
  const made = seen.gpus?.made ?? [];
  if (wanted === undefined)
    return [step('mediated', 'its device is not known yet', [], { class: 'missing' })];
  const all = [...wanted.values()];
  const missing = all.filter(({ uuid }) => made.every((each) => each.uuid !== uuid));
  const going = made.filter(({ uuid }) => all.every((each) => each.uuid !== uuid));
  const changes = missing.map(({ uuid, type, parent }) => ({
    path: `mediated ${uuid}`,
    before: undefined,
    after: `${type} of ${parent}`,
  }));
  return [
    ...(going.length === 0 ? [] : [step('mediated.return', `${words(going)} is not its device any more`)]),
    ...(missing.length === 0
      ? []
      : [step('mediated', `${words(missing)} is not there`, changes, { class: 'missing' })]),
  ];
}

export function words(parts: readonly MediatedPart[]): string {
  return parts.map(({ type, parent }) => `${type} of ${parent}`).join(', ');
}

/** Pure: why a machine cannot have mediated devices, as far as the host shows what can be made. */
export function mediatedProblems(
  { spec }: Resource<'vm'>,
  made: readonly MediatedPart[],
  { devices }: PciHost,
): readonly Obstacle[] {
  const { gpu_passthrough: wanted } = spec;
  if (wanted === undefined || wanted === true) return [];
  const types = devices.flatMap(({ mdevTypes }) => mdevTypes);
  const path = ['gpu_passthrough'];
  const asked = Map.groupBy(
    wanted.flatMap(({ mdev }) => mdev ?? []),
    (type) => type,
  );
  return [...asked].flatMap(([type, all]): readonly Obstacle[] => {
    const known = types.filter((each) => each.type === type);
    // A device that its driver has not taken yet shows none.
    if (types.length === 0) return [];
    if (known.length === 0) {
      const names = [...new Set(types.map((each) => each.type))].join(', ');
      const message = `no device of this host makes mediated devices of the type ${type}`;
      return [{ code: 'gpu.unsuitable', message, hint: `the types that there are: ${names}`, path }];
    }
    const left = known.reduce((sum, { available }) => sum + available, 0);
    const own = made.filter((each) => each.type === type).length;
    if (all.length <= own + left) return [];
    const message = `${all.length - own} more mediated devices of the type ${type} are wanted, and ${left} can be made`;
    return [
      { code: 'gpu.unsuitable', message, hint: '`nova gpu info` says what each device can make', path },
    ];
  });
}
