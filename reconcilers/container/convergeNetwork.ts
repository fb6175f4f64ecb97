import type { LinkCommand } from '../host/host.ts';
import { linkName, macOf, markOf, namespaceName, tableName, temporaryLinkName } from '../identity.ts';
import { replaceRules, rulesOf } from '../network/rules/ruleset.ts';
import { formerOf } from '../past.ts';
import type { Job } from './converge.ts';
import { hearAnnouncements } from './convergeAddress.ts';
import { share, unshare } from './convergeMacvlan.ts';
import { type DesiredNetwork, desiredNetwork, desiredRecords, desiredRules } from './desired.ts';
import { readRecords } from './lookAt.ts';
import { containerPaths } from './paths.ts';
import type { Place } from './seen.ts';

/** Makes or mends the veth pair; without a network, takes it away. */
export async function connect(job: Job): Promise<void> {
  const { host, place, seen } = job;
  const network = networkOf(job);
  if (network === undefined) return disconnect(job);
  if (network.macvlan === true) return share(job, network);
  await unshare(job);
  const name = linkName(place.identity);
  const namespace = namespaceName(place.scope, place.identity);
  const exists = (await host.view().links()).some((link) => link.name === name);
  if (exists && seen?.inside?.linked !== false) {
    await host.links.change([command('link set dev eth0 mtu', network.mtu)], namespace);
    return host.links.change(placing(name, network));
  }
  // The address goes with the link.
  await host.files.remove(containerPaths(place.scope, place.identity).given);
  if (exists) await host.links.change([command('link del dev', name)]);
  // Its other end went elsewhere: this one has no use without it.
  if (seen !== undefined)
    await host.links.change([{ ...command('link del dev eth0'), tolerate: 'absent' }], namespace);
  await host.links.change(making(place, network, namespace));
  if (network.address6 !== undefined) await hearAnnouncements(job, false);
  await host.links.change([command('link set dev eth0 up')], namespace);
  // It has its name when both ends are done: of a capsule that does not run nobody sees the inside.
  await host.links.change([
    command('link set dev', temporaryLinkName(place.scope, place.identity), 'name', name),
    ...placing(name, network),
  ]);
}

/** The alias is not taken at creation: until it is set, the link bears a name that is Nova's to remove. */
function making(place: Place, network: DesiredNetwork, namespace: string): readonly LinkCommand[] {
  const { scope, identity } = place;
  const temporary = temporaryLinkName(scope, identity);
  const peer = ['peer', 'name', 'eth0', 'mtu', network.mtu, 'address', macOf(identity), 'netns', namespace];
  return [
    { ...command('link del dev', temporary), tolerate: 'absent' },
    command('link add name', temporary, 'mtu', network.mtu, 'type', 'veth', ...peer),
    command('link set dev', temporary, 'alias', markOf(place)),
  ];
}

function placing(name: string, { bridge, mtu, hairpin }: DesiredNetwork): readonly LinkCommand[] {
  return [
    command('link set dev', name, 'mtu', mtu, 'master', bridge, 'up'),
    command('link set dev', name, 'type', 'bridge_slave', 'hairpin', hairpin ? 'on' : 'off'),
  ];
}

export async function disconnect(job: Job): Promise<void> {
  const { host, place } = job;
  await unshare(job);
  const names = [temporaryLinkName(place.scope, place.identity), linkName(place.identity)];
  await host.files.remove(containerPaths(place.scope, place.identity).given);
  await host.links.change(names.map((name) => ({ ...command('link del dev', name), tolerate: 'absent' })));
}

/** Its DNS records are in its networks, and in no others. */
export async function setRecord({ host, place, resource, deps }: Job): Promise<void> {
  const wanted = resource === undefined ? [] : desiredRecords(place, resource, deps);
  for (const { path, text } of wanted) await host.files.write(path, text, 0o644);
  for (const { path } of await readRecords(host.view(), place)) {
    if (wanted.every((record) => record.path !== path)) await host.files.remove(path);
  }
}

export async function setPorts({ host, place, resource, deps }: Job): Promise<void> {
  const { scope, project, address } = place;
  const table = tableName(scope, project);
  const rules = resource === undefined ? [] : desiredRules(resource, deps);
  const seen = rulesOf(await host.view().tables(), table, address, formerOf(scope, address));
  const commands = replaceRules(table, address, seen, rules);
  if (commands.length > 0) await host.filter.change(commands);
}

function networkOf({ place, resource, deps }: Job): DesiredNetwork | undefined {
  return resource && desiredNetwork(place, resource, deps);
}

/** @param words split at blanks; the values after them are taken as they are */
function command(words: string, ...values: readonly (string | number)[]): LinkCommand {
  return { argv: [...words.split(' '), ...values.map(String)] };
}
