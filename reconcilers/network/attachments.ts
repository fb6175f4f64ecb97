import type { Address } from '../../schema/manifest.ts';
import type { Membership } from '../../schema/membership.ts';
import { identityOf, partIdentity, type Scope } from '../identity.ts';
import type { Dependencies } from '../reconciler.ts';

/** Where somebody is on a network. */
export interface Attachment {
  /** Its name. */
  readonly network: string;
  readonly ip?: string;
  readonly ip6?: string;
  readonly mac?: string;
}

/** What of a capsule or a machine says where it is. */
interface Attached {
  readonly network?: Membership;
  readonly nics?: readonly Attachment[];
}

/** Everywhere that it is: by its `network`, where it has one, and by each of its `nics` as they are written. */
export function attachmentsOf({ network, nics = [] }: Attached): readonly Attachment[] {
  if (network === undefined) return nics;
  const { name, ...first } = network;
  return [{ network: name, ...first }, ...nics];
}

/** Whether it is there by its `network`: what is published, asked and referred to is so there. */
export function isFirst({ network }: Attached, name: string): boolean {
  return network?.name === name;
}

/**
 * What the name of its link there, and its MAC address, are made from. By its `network` that is its own, so that another
 * network does not change them; by one of its `nics` it goes with the network.
 */
export function attachmentIdentity(
  { scope, project }: { readonly scope: Scope; readonly project: string },
  { address, spec }: { readonly address: Address; readonly spec: Attached },
  network: string,
): string {
  const own = identityOf(scope, project, address);
  return isFirst(spec, network)
    ? own
    : partIdentity(own, `nic/${identityOf(scope, project, `network.${network}`)}`);
}

/** Names of the networks that a declared capsule or machine is on. */
export function networksOf(address: Address, deps: Pick<Dependencies, 'spec'>): readonly string[] {
  const spec = specOf(address, deps);
  return spec === undefined ? [] : attachmentsOf(spec).map(({ network }) => network);
}

/** The same as of a spec; undefined for what is no capsule or machine, or not declared. */
export function specOf(address: Address, deps: Pick<Dependencies, 'spec'>): Attached | undefined {
  const [kind, name] = [address.slice(0, address.indexOf('.')), address.slice(address.indexOf('.') + 1)];
  return kind === 'container' || kind === 'vm' ? deps.spec(kind, name) : undefined;
}
