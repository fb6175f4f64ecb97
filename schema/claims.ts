import { formatDiskSource, type Disk } from './disks.ts';
import type { Draft, NetworkDraft, VmDraft } from './draft.ts';
import type { MemberPlace } from './memberPlaces.ts';
import type { Path, Problem } from './problem.ts';

/** Things of which there is one, and that several resources ask for: interfaces, disks, MAC addresses, vsock numbers. */
export function checkClaims(drafts: readonly Draft[], places: readonly MemberPlace[]): readonly Problem[] {
  const networks = drafts.filter((draft) => draft.kind === 'network');
  const vms = drafts.filter((draft) => draft.kind === 'vm');
  return [
    ...twice(networks.flatMap(interfacesOf), (claim, other) => ({
      code: 'interface.conflict',
      message: `the interface ${claim.what} is used by ${other.owner} already`,
      hint:
        claim.path.at(-1) === 'uplink'
          ? `it is a port of a bridge, which has its addresses: set uplink = "${other.owner.slice('network.'.length)}"`
          : 'an interface is a port of one bridge, and of nothing else: leave it out of one of them',
    })),
    ...twice(vms.flatMap(disksOf), (claim, other) => ({
      code: 'disk.conflict',
      message: `${claim.what} is a disk of ${other.owner} already`,
      hint: 'two machines that write to one disk destroy it: give each its own, or set readonly = true in both',
    })),
    ...twice([...networks.flatMap(reservedMacs), ...places.flatMap(macOf)], (claim, other) => ({
      code: 'network.address',
      message: `${claim.what} is the MAC address of ${other.owner} already`,
      hint: 'choose another, or none: one is found by itself',
    })),
    ...twice(vms.flatMap(vsockOf), (claim, other) => ({
      code: 'schema.value',
      message: `${claim.what} is the vsock number of ${other.owner} already`,
      hint: 'choose another, or vsock = true: one is found by itself',
    })),
  ];
}

interface Claim {
  /** By which two claims are told to be of one thing; also for the message. */
  readonly what: string;
  /** For the message. */
  readonly owner: string;
  readonly path: Path;
  /** Goes with others that share; default: it goes with none. */
  readonly shared?: boolean;
}

function twice(
  claims: readonly Claim[],
  problem: (claim: Claim, other: Claim) => Pick<Problem, 'code' | 'message' | 'hint'>,
): readonly Problem[] {
  return [...Map.groupBy(claims, ({ what }) => what).values()].flatMap((group) => {
    const [first, ...others] = group.toSorted(
      (a, b) => Number(a.shared ?? false) - Number(b.shared ?? false),
    );
    if (first === undefined || first.shared === true) return [];
    const strangers = others.filter(({ owner }) => owner !== first.owner);
    return strangers.map((claim) => ({ ...problem(claim, first), path: claim.path, elsewhere: first.path }));
  });
}

/** Ports of a bridge belong to it alone; the uplink of a macvlan or of nat is shared. */
function interfacesOf({ name, address, spec }: NetworkDraft): readonly Claim[] {
  const { type, profile, interfaces = [], uplink } = spec;
  const port = type === 'bridge' && profile === 'external';
  return [
    ...interfaces.map((what, index) => ({
      what,
      owner: address,
      path: ['network', name, 'interfaces', index],
    })),
    ...(uplink === undefined
      ? []
      : [{ what: uplink, owner: address, path: ['network', name, 'uplink'], shared: !port }]),
  ];
}

function disksOf({ name, address, spec }: VmDraft): readonly Claim[] {
  return (spec.disks ?? []).map((disk, index) => ({
    what: wordOf(disk),
    owner: address,
    path: ['vm', name, 'disks', index],
    shared: disk.readonly === true,
  }));
}

function wordOf({ source }: Disk): string {
  return source.type === 'volume' ? `volume.${source.name}` : formatDiskSource(source);
}

function reservedMacs({ name, address, spec }: NetworkDraft): readonly Claim[] {
  return (spec.reservations ?? []).map(({ mac }, index) => ({
    what: mac,
    owner: `a reservation of ${address}`,
    path: ['network', name, 'reservations', index, 'mac'],
    // Two of one network are told as such.
    shared: true,
  }));
}

function macOf({ mac, member, path }: MemberPlace): readonly Claim[] {
  return mac === undefined ? [] : [{ what: mac, owner: member.address, path: [...path, 'mac'] }];
}

function vsockOf({ name, address, spec }: VmDraft): readonly Claim[] {
  if (typeof spec.vsock !== 'number') return [];
  return [{ what: String(spec.vsock), owner: address, path: ['vm', name, 'vsock'] }];
}
