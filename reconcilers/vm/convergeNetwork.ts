import type { LinkCommand } from '../host/host.ts';
import { linkName, markOf, temporaryLinkName } from '../identity.ts';
import type { Place } from '../place.ts';
import type { Job } from './converge.ts';
import { type DesiredNetwork, desiredNetwork } from './desired.ts';
import { readMembers } from './lookAt.ts';
import { isMisplaced, linkSeen, makingMacvtap, mendingMacvtap } from './macvtap.ts';
import type { Placed } from './seen.ts';

/** Makes or mends the TAP, or the macvtap; without a network, takes it away. */
export async function connect(job: Job): Promise<void> {
  const { host, place } = job;
  const network = networkOf(job);
  if (network === undefined) return disconnect(job);
  const name = linkName(place.identity);
  const found = (await host.view().links()).find((link) => link.name === name);
  const misplaced = found !== undefined && isMisplaced(network, linkSeen(found));
  if (misplaced) await host.links.change([{ ...command('link del dev', name), tolerate: 'absent' }]);
  const exists = found !== undefined && !misplaced;
  if (network.macvlan === true)
    return host.links.change(exists ? [mendingMacvtap(place, network)] : makingMacvtap(place, network));
  await host.links.change(exists ? [placing(name, network)] : making(place, network));
}

/** The alias is not taken at creation: until it is set, the link bears a name that is Nova's to remove. */
function making(place: Place, network: DesiredNetwork): readonly LinkCommand[] {
  const temporary = temporaryLinkName(place.scope, place.identity);
  const name = linkName(place.identity);
  return [
    { ...command('link del dev', temporary), tolerate: 'absent' },
    command('tuntap add dev', temporary, 'mode', 'tap'),
    command('link set dev', temporary, 'alias', markOf(place)),
    command('link set dev', temporary, 'name', name),
    placing(name, network),
  ];
}

function placing(name: string, { bridge, mtu }: DesiredNetwork): LinkCommand {
  return command('link set dev', name, 'mtu', mtu, 'master', bridge, 'up');
}

async function disconnect({ host, place }: Job): Promise<void> {
  const names = [temporaryLinkName(place.scope, place.identity), linkName(place.identity)];
  await host.links.change(names.map((name) => ({ ...command('link del dev', name), tolerate: 'absent' })));
}

/** Its address is reserved in its network, and in no other. */
export async function setReservation(job: Job): Promise<void> {
  const { reservations } = await readMembers(job.host.view(), job.place.identity, job.place.scope);
  await setOnly(job, reservations, networkOf(job)?.reservation);
}

/** Its DNS record is in its network, and in no other. */
export async function setRecord(job: Job): Promise<void> {
  const { records } = await readMembers(job.host.view(), job.place.identity, job.place.scope);
  await setOnly(job, records, networkOf(job)?.record);
}

/** dnsmasq reads them after it has given up root. */
async function setOnly({ host }: Job, found: readonly Placed[], wanted: Placed | undefined): Promise<void> {
  if (wanted !== undefined) await host.files.write(wanted.path, wanted.text, 0o644);
  for (const { path } of found) if (path !== wanted?.path) await host.files.remove(path);
}

function networkOf({ place, resource, deps }: Job): DesiredNetwork | undefined {
  return resource && desiredNetwork(place, resource, deps);
}

/** @param words split at blanks; the values after them are taken as they are */
function command(words: string, ...values: readonly (string | number)[]): LinkCommand {
  return { argv: [...words.split(' '), ...values.map(String)] };
}
