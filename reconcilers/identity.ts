import { createHash } from 'node:crypto';

import type { Address } from '../schema/manifest.ts';
import { holderOf, originOf, type Past } from './past.ts';

/** Where Nova acts: a network namespace and a data directory. Two scopes on one machine never meet. */
export interface Scope {
  /** Eight hexadecimal digits; stands in every mark, native name and runtime path. */
  readonly id: string;
  /** Name under `/run/netns` of the network namespace that is the host's; undefined: the host's own. */
  readonly namespace: string | undefined;
  /** The user's data of this scope: volumes, upper layers, leases, logs. */
  readonly data: string;
  /** Unpacked images, shared by every scope that uses the same data directory. */
  readonly roots: string;
  /** What can be rebuilt from observation: bundles, sockets, generated configuration. Gone after a reboot. */
  readonly run: string;
  /** Of the project that is looked at; undefined: nothing in it was ever called otherwise. */
  readonly past?: Past;
}

/** The scope of a namespace and a data directory (an absolute, resolved path). */
export function scopeOf(namespace: string | undefined, dataDirectory: string): Scope {
  const id = createHash('sha256')
    .update(`${namespace ?? ''}\0${dataDirectory}`)
    .digest('hex')
    .slice(0, 8);
  return {
    id,
    namespace,
    data: `${dataDirectory}/scopes/${id}`,
    roots: `${dataDirectory}/roots`,
    run: `/run/nova/${id}`,
  };
}

/** What an owned object carries. `part` tells apart several objects of one resource. */
export interface Mark {
  readonly scope: string;
  readonly project: string;
  readonly address: Address;
  /** What its identity is worked out from, where that is not the address. */
  readonly origin?: string;
  readonly part?: string;
}

/**
 * `nova:3f2a9c1b/demo/container.web#eth0`; of one that was made as `container.old`: `…/container.web<container.old`.
 * What would end a part of it, as in names of images in registries, stands as `%2F`.
 */
export function formatMark(mark: Omit<Mark, 'address'> & { readonly address: string }): string {
  const part = mark.part === undefined ? '' : `#${mark.part}`;
  const origin = mark.origin === undefined || mark.origin === mark.address ? '' : `<${encoded(mark.origin)}`;
  return `nova:${mark.scope}/${mark.project}/${encoded(mark.address)}${origin}${part}`;
}

/** The mark in a text, or undefined when the text is not one. */
export function parseMark(text: string | undefined): Mark | undefined {
  const match = /^nova:([0-9a-f]{8})\/([^/#!<]+)\/([a-z]+\.[^/#!<]+)(?:<([^/#!]+))?(?:[#!](.+))?$/.exec(
    text ?? '',
  );
  if (match === null) return undefined;
  const [, scope, project, address, origin, part] = match as unknown as [
    string,
    string,
    string,
    Address,
    string | undefined,
    string | undefined,
  ];
  return {
    scope,
    project,
    address: decoded(address) as Address,
    ...(origin === undefined ? {} : { origin: decoded(origin) }),
    ...(part === undefined ? {} : { part }),
  };
}

function encoded(address: string): string {
  return address.replaceAll(/[/#@<%]/g, encodeURIComponent).replaceAll('!', '%21');
}

function decoded(address: string): string {
  return address.replaceAll(/%(?:2F|23|40|3C|25|21)/g, decodeURIComponent);
}

interface Owned {
  readonly scope: Scope;
  readonly project: string;
  readonly address: Address;
}

/** The mark of a whole resource. */
export function markOf({ scope, project, address }: Owned): string {
  return formatMark({ scope: scope.id, project, address, origin: originOf(scope, address) });
}

/** Whether a text is the mark of that very resource, be it by what it was called before. */
export function isMarkOf(text: string | undefined, { scope, project, address }: Owned): boolean {
  const mark = parseMark(text);
  return isOurs(mark, { scope, project }) && originOfMark(mark) === originOf(scope, address);
}

/** What a mark of this project says in the way of a name that is not the resource's any more. */
export function formerName(text: string | undefined, owned: Owned): Address | undefined {
  const mark = parseMark(text);
  return mark !== undefined && mark.address !== owned.address && isMarkOf(text, owned)
    ? mark.address
    : undefined;
}

/** What a mark of this project is the mark of, as it is called now; undefined for other texts. */
export function ownedAddress(of: Omit<Owned, 'address'>, text: string | undefined): Address | undefined {
  const mark = parseMark(text);
  return isOurs(mark, of) ? (holderOf(of.scope, originOfMark(mark)) ?? mark.address) : undefined;
}

/** Whether it is the mark of something of this project. */
export function isOurs(mark: Mark | undefined, { scope, project }: Omit<Owned, 'address'>): mark is Mark {
  return mark?.scope === scope.id && mark.project === project;
}

export function originOfMark({ origin, address }: Mark): string {
  return origin ?? address;
}

/**
 * UUIDv5 (RFC 9562, section 5.5) of scope, project and the address that it was made under: the same on every run, so
 * that creating is ensuring, and not another one when it is renamed.
 */
export function identityOf(scope: Scope, project: string, address: Address): string {
  return uuidOf(`${scope.id}/${project}/${originOf(scope, address)}`);
}

/** As {@link identityOf}, for one of several objects of a resource that have no other mark. */
export function partIdentity(identity: string, part: string): string {
  return uuidOf(`${identity}/${part}`);
}

function uuidOf(text: string): string {
  const hash = createHash('sha1').update(namespaceId).update(text).digest();
  const bytes = Buffer.from(hash.subarray(0, 16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Chosen once, at random, for Nova. */
const namespaceId = Buffer.from('9b1f0c5e6d7a4c0f8e21c4a7b35d9e10', 'hex');

/** A name for a link: at most 15 bytes (IFNAMSIZ - 1), as `nv1f0c5e6d7a4c`. */
export function linkName(identity: string): string {
  return `nv${identity.replaceAll('-', '').slice(0, 12)}`;
}

/** The name that a link has until it carries its mark; whatever bears such a name is Nova's to remove. */
export function temporaryLinkName(scope: Scope, identity: string): string {
  return `nt${scope.id}${identity.slice(0, 5)}`;
}

/** How the temporary link names of a scope begin. */
export function temporaryLinkPrefix(scope: Scope): string {
  return `nt${scope.id}`;
}

/** The name of a network namespace made for a capsule, as `nova-3f2a9c1b-9b1f0c5e6d7a`. */
export function namespaceName(scope: Scope, identity: string): string {
  return `nova-${scope.id}-${identity.replaceAll('-', '').slice(0, 12)}`;
}

/** The name of the project's nftables table. */
export function tableName(scope: Scope, project: string): string {
  return `nova-${scope.id}-${project}`;
}

/** A locally administered unicast MAC address (IEEE 802, section 8.2) of an identity. */
export function macOf(identity: string): string {
  const hex = identity.replaceAll('-', '');
  return ['02', hex.slice(0, 2), hex.slice(2, 4), hex.slice(4, 6), hex.slice(6, 8), hex.slice(8, 10)].join(
    ':',
  );
}
