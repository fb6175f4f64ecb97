import { createHash } from 'node:crypto';

import type { Address } from '../schema/manifest.ts';

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
  readonly part?: string;
}

/** `nova:3f2a9c1b/demo/container.web#eth0` */
export function formatMark(mark: Mark): string {
  const part = mark.part === undefined ? '' : `#${mark.part}`;
  return `nova:${mark.scope}/${mark.project}/${mark.address}${part}`;
}

/** The mark in a text, or undefined when the text is not one. */
export function parseMark(text: string | undefined): Mark | undefined {
  const match = /^nova:([0-9a-f]{8})\/([^/#]+)\/([a-z]+\.[^/#]+)(?:#(.+))?$/.exec(text ?? '');
  if (match === null) return undefined;
  const [, scope, project, address, part] = match as unknown as [
    string,
    string,
    string,
    Address,
    string | undefined,
  ];
  return { scope, project, address, ...(part === undefined ? {} : { part }) };
}

/**
 * UUIDv5 (RFC 9562, section 5.5) of scope, project and address: the same on every run, so that creating is ensuring.
 */
export function identityOf(scope: Scope, project: string, address: Address): string {
  const hash = createHash('sha1').update(namespaceId).update(`${scope.id}/${project}/${address}`).digest();
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
