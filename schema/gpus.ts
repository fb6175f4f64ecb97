import type { Draft, GpuDraft } from './draft.ts';
import type { GpuSelection } from './gpuSelection.ts';
import type { Address } from './manifest.ts';
import type { Path, Problem } from './problem.ts';

/** PCI devices that are taken twice, and parts of one that it does not have. */
export function checkGpus(drafts: readonly Draft[]): readonly Problem[] {
  const gpus = drafts.filter((draft) => draft.kind === 'gpu');
  const byName = new Map(gpus.map((gpu) => [gpu.name, gpu]));
  const claims = drafts.flatMap(claimsOf);
  return [
    ...sameDevice(gpus),
    ...claims.flatMap((claim) => wrongPart(claim, byName.get(claim.name))),
    ...twiceTaken(claims),
    ...twiceTheOne(drafts),
  ];
}

/** Somebody's use of a declared device. */
interface Claim extends GpuSelection {
  readonly by: Draft;
  readonly path: Path;
}

function claimsOf(draft: Draft): readonly Claim[] {
  const key = draft.kind === 'vm' ? 'gpu_passthrough' : 'gpus';
  const list =
    draft.kind === 'vm'
      ? draft.spec.gpu_passthrough
      : draft.kind === 'container'
        ? draft.spec.gpus
        : undefined;
  if (typeof list !== 'object') return [];
  return list.map((selection, index) => ({
    ...selection,
    by: draft,
    path: [draft.kind, draft.name, key, index],
  }));
}

/** Two declarations with one address. */
function sameDevice(gpus: readonly GpuDraft[]): readonly Problem[] {
  const first = new Map<string, GpuDraft>();
  return gpus.flatMap((gpu): readonly Problem[] => {
    const { address } = gpu.spec;
    const other = address === undefined ? undefined : first.get(address);
    if (address !== undefined && other === undefined) first.set(address, gpu);
    if (other === undefined) return [];
    return [
      {
        code: 'gpu.conflict',
        message: `${address} is ${other.address} already`,
        hint: `use ${other.address} in both places, or give this one another address`,
        path: ['gpu', gpu.name, 'address'],
        elsewhere: ['gpu', other.name, 'address'],
      },
    ];
  });
}

function wrongPart({ by, path, vf, mdev }: Claim, gpu: GpuDraft | undefined): readonly Problem[] {
  if (gpu === undefined || gpu.broken.has('driver') || gpu.broken.has('sriov_vfs')) return [];
  const { address, spec } = gpu;
  const whole = vf === undefined && mdev === undefined;
  if (vf !== undefined && vf >= (spec.sriov_vfs ?? 0)) {
    const message =
      spec.sriov_vfs === undefined
        ? `${address} has no virtual functions`
        : `${address} has ${spec.sriov_vfs} virtual functions, counted from 0, and no number ${vf}`;
    const hint = `set sriov_vfs = ${vf + 1} or more in [${address}]`;
    return [{ code: 'schema.value', message, hint, path }];
  }
  if (mdev !== undefined && by.kind === 'container') {
    const message = `a mediated device is handed to a machine: a container shares what the host drives`;
    return [{ code: 'schema.value', message, hint: 'leave out mdev', path }];
  }
  if (mdev !== undefined && spec.driver === 'vfio-pci') {
    const message = `${address} is handed over whole, and only a driver of the host's makes mediated devices of it`;
    return [{ code: 'schema.value', message, hint: `set driver = "host" in [${address}]`, path }];
  }
  if (whole && by.kind === 'vm' && spec.driver === 'host') {
    const message = `${address} is driven by the host, and can be handed over only in parts`;
    const hint =
      spec.sriov_vfs === undefined
        ? `leave out driver = "host" in [${address}]`
        : `take one of its functions: { name = "${gpu.name}", vf = 0 }`;
    return [{ code: 'schema.value', message, hint, path }];
  }
  if (by.kind === 'container' && whole && spec.driver === 'vfio-pci') {
    const message = `${address} is kept for machines, and has no nodes that a container could be given`;
    return [{ code: 'schema.value', message, hint: `set driver = "host" in [${address}]`, path }];
  }
  return [];
}

/** A machine has what it is given for itself; containers share what the host drives. */
function twiceTaken(claims: readonly Claim[]): readonly Problem[] {
  const taken = new Map<string, Claim>();
  return claims.flatMap((claim): readonly Problem[] => {
    const { name, vf, mdev, by, path } = claim;
    // Of a mediated device there is one for each who asks.
    if (mdev !== undefined) return [];
    const part = vf === undefined ? `gpu.${name}` : `function ${vf} of gpu.${name}`;
    const other = taken.get(part);
    if (other === undefined) taken.set(part, claim);
    if (other === undefined || (by.kind === 'container' && other.by.kind === 'container')) return [];
    return [conflict(`${part} is taken by ${other.by.address} already`, path, other.path)];
  });
}

function twiceTheOne(drafts: readonly Draft[]): readonly Problem[] {
  let first: Address | undefined;
  return drafts.flatMap((draft): readonly Problem[] => {
    if (draft.kind !== 'vm' || draft.spec.gpu_passthrough !== true) return [];
    const other = first;
    first ??= draft.address;
    if (other === undefined) return [];
    const path = (address: Address): Path => [...address.split('.'), 'gpu_passthrough'];
    return [conflict(`${other} takes the one suitable GPU already`, path(draft.address), path(other))];
  });
}

function conflict(message: string, path: Path, elsewhere: Path): Problem {
  const hint = 'declare each device with [gpu.NAME], and give it to one of them: gpu_passthrough = ["NAME"]';
  return { code: 'gpu.conflict', message, hint, path, elsewhere };
}
