import type { LinkCommand } from '../host/host.ts';
import { namespaceName } from '../identity.ts';
import type { Job } from './converge.ts';
import { desiredNetwork } from './desired.ts';
import { formatGiven, type Given, type GivenBoth } from './given.ts';
import { containerPaths } from './paths.ts';

/** Leaves exactly the wanted addresses and default routes inside. */
export async function setAddress(job: Job): Promise<void> {
  const { host, place, seen, resource, deps } = job;
  const network = resource && desiredNetwork(place, resource, deps);
  if (network === undefined) return;
  const wanted = { given: network.address, given6: network.address6 };
  const text = formatGiven(wanted);
  if (seen === undefined && text === '') return;
  if (network.address6 !== undefined) await hearAnnouncements(job, false);
  const commands = addressCommands('eth0', wanted, seen);
  await host.links.change(commands, namespaceName(place.scope, place.identity));
  if (network.address6 === undefined && seen?.given6 !== undefined) await hearAnnouncements(job, true);
  const { given } = containerPaths(place.scope, place.identity);
  await (text === '' ? host.files.remove(given) : host.files.write(given, text));
}

/**
 * A capsule that was given an IPv6 address would take more from what a router announces, and packets would leave with
 * one of those; without one it does as it likes.
 */
export async function hearAnnouncements({ host, place }: Job, heard: boolean): Promise<void> {
  const namespace = namespaceName(place.scope, place.identity);
  await host.sysctls.set('net/ipv6/conf/eth0/accept_ra', heard ? '1' : '0', namespace);
}

/** What is known of a link before it is given addresses. */
interface Before extends Partial<GivenBoth> {
  readonly inside:
    | {
        readonly addresses: readonly string[];
        readonly addresses6: readonly string[];
        readonly prefixes: Readonly<Record<string, number>>;
        readonly gateway?: string | undefined;
        readonly gateway6?: string | undefined;
      }
    | undefined;
}

/** Pure: what leaves exactly those addresses on a link, and those default routes by it. @param seen undefined: it is new */
export function addressCommands(
  link: string,
  { given, given6 }: GivenBoth,
  seen: Before | undefined,
): readonly LinkCommand[] {
  return [
    command('link set dev', link, 'up'),
    ...commandsFor(link, four, given, inner(seen, 4)),
    ...(given6 === undefined && seen?.given6 === undefined
      ? []
      : commandsFor(link, six, given6, inner(seen, 6))),
  ];
}

interface Family {
  readonly flush: readonly string[];
  /** Nobody else has the address: nothing has to be asked before it is used (RFC 4862, section 5.4). */
  readonly adding: readonly string[];
  readonly noWay: readonly string[];
}

const four: Family = { flush: ['to', '0.0.0.0/0'], adding: [], noWay: ['default'] };
const six: Family = { flush: ['scope', 'global', 'to', '::/0'], adding: ['nodad'], noWay: ['::/0'] };

/** What is known of one family inside. */
interface Inner {
  readonly fresh: boolean;
  readonly addresses: readonly string[] | undefined;
  readonly prefixes: Readonly<Record<string, number>>;
  readonly gateway: string | undefined;
  readonly given: Given | undefined;
}

function inner(seen: Before | undefined, family: 4 | 6): Inner {
  const inside = seen?.inside;
  return {
    fresh: seen === undefined,
    addresses: family === 4 ? inside?.addresses : inside?.addresses6,
    prefixes: inside?.prefixes ?? {},
    gateway: family === 4 ? inside?.gateway : inside?.gateway6,
    given: family === 4 ? seen?.given : seen?.given6,
  };
}

function commandsFor(
  link: string,
  family: Family,
  wanted: Given | undefined,
  inside: Inner,
): readonly LinkCommand[] {
  const { addresses, prefixes, given } = inside;
  // With the last address the routes of the link go, too.
  const flush = command('addr flush dev', link, ...family.flush);
  if (wanted === undefined) {
    const bare = inside.fresh || (given === undefined && addresses?.length === 0);
    return bare ? [] : [flush];
  }
  const { ip, prefix, gateway } = wanted;
  const clean =
    inside.fresh ||
    ((prefixes[ip] ?? given?.prefix) === prefix && addresses?.every((each) => each === ip) === true);
  return [
    ...(clean ? [] : [flush]),
    command('addr replace', `${ip}/${prefix}`, 'dev', link, ...family.adding),
    ...(gateway === undefined ? [] : [command('route replace default via', gateway, 'dev', link)]),
    ...(gateway !== undefined || inside.gateway === undefined
      ? []
      : [{ ...command('route del', ...family.noWay, 'dev', link), tolerate: 'absent' as const }]),
  ];
}

/** @param words split at blanks; the values after them are taken as they are */
function command(words: string, ...values: readonly (string | number)[]): LinkCommand {
  return { argv: [...words.split(' '), ...values.map(String)] };
}
