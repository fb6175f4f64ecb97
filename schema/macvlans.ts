import {
  isMember,
  type ContainerDraft,
  type Draft,
  type MemberDraft,
  type NetworkDraft,
  type VmDraft,
} from './draft.ts';
import { addressOf } from './kinds.ts';
import type { Address } from './manifest.ts';
import type { Path, Problem } from './problem.ts';

/**
 * What the host cannot do for those who share a link of its own: the kernel hands nothing from one to the other (Linux,
 * drivers/net/macvlan.c), so that the host does not reach them, and passes and sees nothing of theirs.
 */
export function checkMacvlans(drafts: readonly Draft[]): readonly Problem[] {
  const shared = new Map(
    drafts
      .filter((draft) => draft.kind === 'network')
      .filter(({ spec, broken }) => spec.type === 'macvlan' && !broken.has('type'))
      .map((network) => [network.address, network]),
  );
  if (shared.size === 0) return [];
  // Ports, services and rules are about the first network that somebody is on.
  const members = drafts.filter(isMember).flatMap((member) => {
    const { network: place } = member.spec;
    const network = place && shared.get(addressOf('network', place.name));
    return network === undefined ? [] : [{ member, network }];
  });
  const unseen = new Map([...members.map(({ member }) => member), ...shared.values()].map(byAddress));
  return [
    ...members.flatMap(({ member, network }) => beyond(member, network)),
    ...drafts.flatMap((draft) => (draft.kind === 'network' ? rulesAbout(draft, unseen) : [])),
  ];
}

function byAddress<Of extends { readonly address: Address }>(draft: Of): readonly [Address, Of] {
  return [draft.address, draft];
}

/** Keys of a member with which the host would have to reach it. */
function beyond(member: MemberDraft, { address }: NetworkDraft): readonly Problem[] {
  const refuse = (key: string, message: string, hint: string): Problem => {
    const path: Path = [member.kind, member.name, key];
    return { code: 'network.address', message, hint, path };
  };
  const why = `this host does not reach members of ${address}, which is a macvlan`;
  const { services } = member.spec;
  return [
    ...(member.kind === 'container'
      ? beyondOfContainer(member, refuse, why)
      : beyondOfVm(member, refuse, why)),
    ...(services === undefined || member.broken.has('services')
      ? []
      : [
          refuse(
            'services',
            `services need the DNS server of a network, and ${address}, which is a macvlan, has none`,
            'leave them out, or take a network of type bridge',
          ),
        ]),
  ];
}

type Refuse = (key: string, message: string, hint: string) => Problem;

function beyondOfContainer({ spec }: ContainerDraft, refuse: Refuse, why: string): readonly Problem[] {
  const { ports, health } = spec;
  return [
    ...(ports.length === 0
      ? []
      : [
          refuse(
            'ports',
            `no port of the host can lead there: ${why}`,
            'leave ports out: it is reached at its own address',
          ),
        ]),
    ...(health?.http === undefined && health?.tcp === undefined
      ? []
      : [
          refuse(
            'health',
            `this health check cannot work: ${why}`,
            'let it run within: health = { exec = [...] }',
          ),
        ]),
  ];
}

function beyondOfVm({ spec }: VmDraft, refuse: Refuse, why: string): readonly Problem[] {
  const { probe } = spec;
  return probe?.http === undefined && probe?.tcp === undefined
    ? []
    : [refuse('probe', `this probe cannot work: ${why}`, 'watch the console: probe = { serial = "login:" }')];
}

/** Nothing of theirs comes by the rules of another network. */
function rulesAbout({ name, spec }: NetworkDraft, unseen: ReadonlyMap<Address, unknown>): readonly Problem[] {
  return (spec.allow ?? []).flatMap(({ from, to }, index) =>
    [from, to].flatMap((party): readonly Problem[] => {
      if (party.type !== 'resource' || !unseen.has(party.address)) return [];
      const message = `${party.address} is known to no rule here: what it sends does not come by a link of this host`;
      const hint = 'name the address that it has on its LAN, as 192.168.1.9/32';
      const path = ['network', name, 'allow', index];
      return [{ code: 'network.address', message, hint, path, within: party.address }];
    }),
  );
}
