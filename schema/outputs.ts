import { isBare } from './addresses.ts';
import { isMember, type Draft, type MemberDraft } from './draft.ts';
import type { Address, Kind } from './manifest.ts';
import { addressOf } from './kinds.ts';
import { quote, type Problem } from './problem.ts';
import { suggest } from './suggest.ts';
import { textsOf } from './references.ts';
import { formatReference, malformedReferences, references, type Reference } from './template.ts';

/** What others may refer to, as `${container.db.ip}`. */
export const outputNames: Readonly<Record<Kind, readonly string[]>> = {
  /** `ip` and `ip6`: its addresses on its network; `pid`: of its first process, on the host; `name`: its own. */
  container: ['ip', 'ip6', 'pid', 'name'],
  /** `subnet`: with its prefix; `gateway`: the host's address in it; the same of IPv6; `bridge`: the name of the link. */
  network: ['subnet', 'gateway', 'subnet6', 'gateway6', 'bridge'],
  /** `path`: of its folder, on the host. */
  volume: ['path'],
  /** `path`: of its file or folder, on the host; `digest`: of what it is made of; `format`: as `qcow2`. */
  image: ['path', 'digest', 'format'],
  /** `address`: where it is on the PCI bus; `group`: number of its IOMMU group. */
  gpu: ['address', 'group'],
  /**
   * `ip` and `ip6`: its addresses on its network; `mac`: of its link there; `pid`: of QEMU, on the host; `name`: its own;
   * `accelerator`: `kvm` or `tcg`.
   */
  vm: ['ip', 'ip6', 'mac', 'pid', 'name', 'accelerator'],
};

/** Templates that are none, and outputs that their resource does not have. */
export function checkTemplates(drafts: ReadonlyMap<Address, Draft>): readonly Problem[] {
  return [...drafts.values()].flatMap((draft) =>
    textsOf(draft).flatMap(({ text, path: inner }) => {
      const path = [draft.kind, draft.name, ...inner];
      const malformed = malformedReferences(text).map((written): Problem => ({
        ...noReference(written),
        path,
      }));
      const unknown = references(text).flatMap((reference): readonly Problem[] => {
        const wrong = wrongOutput(reference, drafts);
        return wrong === undefined
          ? []
          : [{ ...wrong, code: 'reference.output', path, within: formatReference(reference) }];
      });
      return [...malformed, ...unknown];
    }),
  );
}

function noReference(written: string): Omit<Problem, 'path'> {
  return {
    code: 'reference.output',
    message: `${quote(written)} is no reference`,
    hint: `a reference is written \${container.db.ip}; for the text itself, double the dollar: ${quote(`$${written}`)}`,
    within: written,
  };
}

function wrongOutput(
  { address, output }: Reference,
  drafts: ReadonlyMap<Address, Draft>,
): Pick<Problem, 'message' | 'hint'> | undefined {
  const target = drafts.get(address);
  if (target === undefined) return undefined;
  const known = outputNames[target.kind];
  if (!known.includes(output)) {
    const meant = suggest(output, known);
    const hint =
      meant === undefined
        ? `${target.kind === 'image' ? 'an' : 'a'} ${target.kind} has ${known.join(', ')}`
        : `did you mean \${${address}.${meant}}?`;
    return { message: `${address} has no output ${quote(output)}`, hint };
  }
  if (isMember(target) && (output === 'ip' || output === 'ip6')) {
    const why = whyUntold(target, output, drafts);
    if (why !== undefined) return why;
  }
  if (isMember(target) && output === 'ip') {
    const why = whyNoAddress(target, drafts);
    return why === undefined
      ? undefined
      : { message: `${address} has no ip: ${why.message}`, hint: why.hint };
  }
  if (isMember(target) && output === 'ip6') return whyNoAddress6(target, drafts);
  if (target.kind !== 'network') return undefined;
  if (output === 'bridge')
    return target.spec.type !== 'macvlan' || target.broken.has('type')
      ? undefined
      : { message: `${address} has no bridge: it is a macvlan`, hint: 'name its uplink itself' };
  const subnet = output.endsWith('6') ? 'subnet6' : 'subnet';
  if (target.spec[subnet] !== undefined || target.broken.has(subnet)) return undefined;
  return {
    message: `${address} has no ${output}: it has no ${subnet}`,
    hint: `add a ${subnet} to [${address}]`,
  };
}

/** Who asks for no address on a macvlan has one that nobody here knows, if any. */
function whyUntold(
  { address, spec: { network: place }, broken }: MemberDraft,
  output: 'ip' | 'ip6',
  drafts: ReadonlyMap<Address, Draft>,
): Pick<Problem, 'message' | 'hint'> | undefined {
  const network = place && drafts.get(addressOf('network', place.name));
  if (network?.kind !== 'network' || broken.has('network') || network.broken.has('type')) return undefined;
  if (network.spec.type !== 'macvlan' || place?.[output] !== undefined) return undefined;
  const example = output === 'ip' ? '192.168.1.9' : 'fd00:1::9';
  return {
    message: `nobody here knows the ${output} of ${address}: ${network.address} is a macvlan`,
    hint: `give it one: network = { name = "${network.name}", ${output} = "${example}" }`,
  };
}

function whyNoAddress6(
  member: MemberDraft,
  drafts: ReadonlyMap<Address, Draft>,
): Pick<Problem, 'message' | 'hint'> | undefined {
  const { address, spec, broken } = member;
  if (broken.has('network')) return undefined;
  if (spec.network === undefined) {
    const hint = `add a network to [${address}], as network = "lan"`;
    return { message: `${address} has no ip6: it is on no network`, hint };
  }
  const network = drafts.get(addressOf('network', spec.network.name));
  if (network?.kind !== 'network' || network.broken.has('subnet6')) return undefined;
  if (network.spec.subnet6 !== undefined || network.spec.type === 'overlay') return undefined;
  return {
    message: `${address} has no ip6: ${network.address} has no subnet6`,
    hint: `add a subnet6 to [${network.address}]`,
  };
}

/** Why a container or a machine gets no IPv4 address; undefined when it gets one, or when its network is wrong anyway. */
export function whyNoAddress(
  { address, spec, broken }: MemberDraft,
  drafts: ReadonlyMap<Address, Draft>,
): { readonly message: string; readonly hint: string } | undefined {
  if (broken.has('network')) return undefined;
  if (spec.network === undefined) {
    return {
      message: `${address} is on no network`,
      hint: `add a network to [${address}], as network = "lan"`,
    };
  }
  const network = drafts.get(addressOf('network', spec.network.name));
  if (network === undefined || !isBare(network)) return undefined;
  return { message: `${network.address} has no subnet`, hint: `add a subnet to [${network.address}]` };
}
