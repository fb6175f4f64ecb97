import { contains, formatNetwork, parseIp, parseSubnet } from './cidr.ts';
import type { Draft, NetworkDraft } from './draft.ts';
import type { Address } from './manifest.ts';
import type { MemberPlace } from './memberPlaces.ts';
import type { Path, Problem } from './problem.ts';
import { suggest } from './suggest.ts';

/**
 * Resources that rules and forwards name without waiting for them: they must be declared, and a port leads to somebody on
 * the network that it is a port of.
 */
export function checkMentions(
  drafts: readonly Draft[],
  declared: ReadonlySet<Address>,
  places: readonly MemberPlace[],
): readonly Problem[] {
  const networks = drafts.filter((draft) => draft.kind === 'network');
  return networks.flatMap((network) => [...missing(network, declared), ...astray(network, declared, places)]);
}

interface Mention {
  readonly address: Address;
  readonly path: Path;
}

function missing(network: NetworkDraft, declared: ReadonlySet<Address>): readonly Problem[] {
  return mentionsOf(network).flatMap(({ address, path }): readonly Problem[] => {
    if (declared.has(address)) return [];
    const meant = suggest(address, [...declared]);
    return [
      {
        code: 'reference.missing',
        message: `${network.address} names ${address}, which is not declared`,
        hint: meant === undefined ? `declare it with [${address}]` : `did you mean ${meant}?`,
        path,
        within: address,
      },
    ];
  });
}

function mentionsOf({ name, spec }: NetworkDraft): readonly Mention[] {
  const rules = (spec.allow ?? []).flatMap(({ from, to }, index) =>
    [from, to].flatMap((party) =>
      party.type === 'resource' ? [{ address: party.address, path: ['network', name, 'allow', index] }] : [],
    ),
  );
  const forwards = (spec.forwards ?? []).flatMap(({ to }, index) =>
    isResource(to) ? [{ address: to, path: ['network', name, 'forwards', index] }] : [],
  );
  return [...rules, ...forwards];
}

function isResource(to: string): to is Address {
  return /^(?:container|vm)\./.test(to);
}

function astray(
  { name, address, spec, broken }: NetworkDraft,
  declared: ReadonlySet<Address>,
  places: readonly MemberPlace[],
): readonly Problem[] {
  const subnet = broken.has('subnet') ? undefined : parseSubnet(spec.subnet ?? '');
  return (spec.forwards ?? []).flatMap(({ to }, index): readonly Problem[] => {
    const path = ['network', name, 'forwards', index];
    if (isResource(to)) {
      const there = places.some(({ member, network }) => member.address === to && network === name);
      if (there || !declared.has(to)) return [];
      const hint = `put it on ${address}, or write the forward in the network that it is on`;
      return [{ code: 'network.address', message: `${to} is not on ${address}`, hint, path, within: to }];
    }
    const ip = parseIp(to);
    if (subnet === undefined || ip === undefined || contains(subnet, ip)) return [];
    const message = `${to} is not in ${formatNetwork(subnet)} of ${address}`;
    return [{ code: 'network.address', message, hint: 'choose an address of the network', path, within: to }];
  });
}
