import type { NetworkSpec } from '../../../schema/network.ts';
import { quote } from '../../../schema/problem.ts';
import { parseMark } from '../../identity.ts';
import type { Link } from '../../host/view.ts';
import type { Obstacle } from '../../reconciler.ts';

/**
 * Pure: interfaces of the host that a network names and that are not there, with those that are.
 * @param declared bridges that a plan makes before members leave by one of them
 */
export function interfaceProblems(
  { interfaces = [], uplink }: NetworkSpec,
  links: readonly Link[],
  declared: readonly string[] = [],
): readonly Obstacle[] {
  const named = [
    ...interfaces.map((name, index) => ({ name, path: ['interfaces', index] })),
    ...(uplink === undefined ? [] : [{ name: uplink, path: ['uplink'] }]),
  ];
  if (named.length === 0) return [];
  const there = new Set(links.map(({ name }) => name));
  const isMade = (name: string) => name === uplink && declared.includes(name);
  const absent = named.filter(({ name }) => !there.has(name) && !isMade(name));
  return absent.map(({ name, path }) => {
    const message = `this host has no interface ${/^[\w.@-]+$/.test(name) ? name : quote(name)}`;
    return { code: 'network.interface', message, hint: hintFrom(links), path };
  });
}

/** Those that a person may have meant: neither the loopback nor what Nova made. */
function hintFrom(links: readonly Link[]): string {
  const own = links.filter(({ name, alias }) => name !== 'lo' && parseMark(alias) === undefined);
  if (own.length === 0) return 'it has none but lo';
  const names = own.map(({ name }) => name).toSorted();
  const told = names.slice(0, most);
  const more = own.length - told.length;
  return `it has ${told.join(', ')}${more > 0 ? ` and ${more} more; \`ip link\` lists them` : ''}`;
}

const most = 12;
