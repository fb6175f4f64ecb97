import type { LinkCommand } from '../host/host.ts';
import { macOf, markOf, namespaceName, temporaryLinkName } from '../identity.ts';
import type { Job } from './converge.ts';
import { addressCommands } from './convergeAddress.ts';
import { isNoted, isWhole, nicChanges } from './diffNics.ts';
import { lookAt } from './lookAt.ts';
import { type DesiredNic, desiredNics } from './nics.ts';
import { formatNic, type NicSeen } from './nicsSeen.ts';
import { nicFile } from './paths.ts';
import type { Place } from './seen.ts';

/** Makes, mends and takes away what leads to further networks; a link that is as it should be is not touched. */
export async function setNics(job: Job): Promise<void> {
  const { host, place, resource, deps } = job;
  const desired = resource === undefined ? [] : desiredNics(place, resource, deps);
  const { nics = [] } = (await lookAt(host.view(), place, undefined)) ?? {};
  for (const nic of nics) if (desired.every(({ link }) => link !== nic.link)) await remove(job, nic);
  for (const nic of desired) {
    const seen = nics.find(({ link }) => link === nic.link);
    if (!isWhole(seen)) await make(job, nic, seen);
    else if (nicChanges(nic, seen).length > 0 || !isNoted(nic, seen)) await mend(job, nic, seen);
  }
}

/** The same for a capsule that is about to run: of what it has been given nobody has seen whether it is there. */
export async function settleNics(job: Job): Promise<void> {
  const { host, place, resource, deps } = job;
  await setNics(job);
  const { nics = [] } = (await lookAt(host.view(), place, undefined)) ?? {};
  for (const nic of resource === undefined ? [] : desiredNics(place, resource, deps)) {
    const seen = nics.find(({ link }) => link === nic.link);
    if (isWhole(seen)) await mend(job, nic, seen);
  }
}

async function mend(job: Job, nic: DesiredNic, seen: NicSeen): Promise<void> {
  const { host, place } = job;
  const namespace = namespaceName(place.scope, place.identity);
  await host.links.change([command('link set dev', seen.name, 'mtu', nic.mtu)], namespace);
  await host.links.change(placing(nic));
  await give(job, nic, seen);
}

async function make(job: Job, nic: DesiredNic, seen: NicSeen | undefined): Promise<void> {
  const { host, place } = job;
  const namespace = namespaceName(place.scope, place.identity);
  const temporary = temporaryLinkName(place.scope, nic.identity);
  const gone = [temporary, nic.link].map((name) => removing(name));
  await host.links.change(gone);
  // Its other end went elsewhere: this one has no use without it.
  if (seen?.inside?.linked === true) await host.links.change([removing(seen.name)], namespace);
  await host.files.write(
    nicFile(place.scope, place.identity, nic.link),
    formatNic({ name: nic.name, ...nothing }),
  );
  const peer = ['peer', 'name', nic.name, 'mtu', nic.mtu, 'address', macOf(nic.identity), 'netns', namespace];
  await host.links.change([
    command('link add name', temporary, 'mtu', nic.mtu, 'type', 'veth', ...peer),
    command('link set dev', temporary, 'alias', markOfNic(place, nic.name)),
  ]);
  await give(job, nic, undefined);
  // It has its name when both ends are done: of a capsule that does not run nobody sees the inside.
  await host.links.change([command('link set dev', temporary, 'name', nic.link), ...placing(nic)]);
}

const nothing = { given: undefined, given6: undefined };

/** What it is called in the capsule stands in its mark, after a `!`, as a `#` begins a comment in a batch of `ip`. */
export function markOfNic(place: Place, name: string): string {
  return `${markOf(place)}!${name}`;
}

/**
 * Leaves exactly the wanted addresses on it. What a router announces there is not heard: by its first network alone a
 * capsule reaches what is beyond.
 */
async function give(
  { host, place }: Pick<Job, 'host' | 'place'>,
  nic: DesiredNic,
  seen: NicSeen | undefined,
): Promise<void> {
  const namespace = namespaceName(place.scope, place.identity);
  const { name, address: given, address6: given6 } = nic;
  await host.sysctls.set(`net/ipv6/conf/${name}/accept_ra`, '0', namespace);
  await host.links.change(addressCommands(name, { given, given6 }, seen), namespace);
  await host.files.write(nicFile(place.scope, place.identity, nic.link), formatNic({ name, given, given6 }));
}

/** What is noted of it goes last, so that it is found until then. */
async function remove({ host, place }: Job, { link }: NicSeen): Promise<void> {
  await host.links.change([removing(link)]);
  await host.files.remove(nicFile(place.scope, place.identity, link));
}

function placing({ link, mtu, bridge }: DesiredNic): readonly LinkCommand[] {
  return [command('link set dev', link, 'mtu', mtu, 'master', bridge, 'up')];
}

function removing(name: string): LinkCommand {
  return { ...command('link del dev', name), tolerate: 'absent' };
}

/** @param words split at blanks; the values after them are taken as they are */
function command(words: string, ...values: readonly (string | number)[]): LinkCommand {
  return { argv: [...words.split(' '), ...values.map(String)] };
}
