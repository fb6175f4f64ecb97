import type { LinkCommand } from '../host/host.ts';
import { linkName, macOf, namespaceName, temporaryLinkName } from '../identity.ts';
import type { Job } from './converge.ts';
import { hearAnnouncements } from './convergeAddress.ts';
import type { DesiredNetwork } from './desired.ts';
import { lookAt } from './lookAt.ts';
import { formatNote, isElsewhere, macvlanChanges } from './macvlan.ts';
import { containerPaths } from './paths.ts';

/**
 * Makes or mends the capsule's link over one of the host's. It is made in the capsule's namespace and under its name at once:
 * all that is there is the capsule's, so that it needs no mark.
 */
export async function share(job: Job, network: DesiredNetwork): Promise<void> {
  const { host, place } = job;
  const { scope, identity } = place;
  const namespace = namespaceName(scope, identity);
  const paths = containerPaths(scope, identity);
  const seen = await lookAt(host.view(), place, undefined);
  if (seen === undefined || isElsewhere(network, seen)) {
    await host.files.remove(paths.given);
    await host.files.remove(paths.macvlan);
    const others = [temporaryLinkName(scope, identity), linkName(identity)];
    await host.links.change(others.map((name) => removing(name)));
    await host.links.change([removing('eth0')], namespace);
    await host.links.change([making(network, macOf(identity), namespace)]);
    if (network.address6 !== undefined) await hearAnnouncements(job, false);
    await host.links.change([{ argv: ['link', 'set', 'dev', 'eth0', 'up'] }], namespace);
  } else if (macvlanChanges(network, seen).length > 0) {
    const values = ['address', macOf(identity), 'mtu', String(network.mtu), 'up'];
    await host.links.change([{ argv: ['link', 'set', 'dev', 'eth0', ...values] }], namespace);
  }
  await note(job, network);
}

/** Takes the link away, if there is a namespace that it is in. */
export async function unshare({ host, place: { scope, identity } }: Job): Promise<void> {
  const { macvlan } = containerPaths(scope, identity);
  const view = host.view();
  if ((await view.read(macvlan)) === undefined) return;
  const namespace = namespaceName(scope, identity);
  if ((await view.namespaces()).has(namespace)) await host.links.change([removing('eth0')], namespace);
  await host.files.remove(macvlan);
}

/** The kernel refuses a link that is larger than the one that it lies over (Linux, drivers/net/macvlan.c). */
function making({ bridge, mtu }: DesiredNetwork, mac: string, namespace: string): LinkCommand {
  const link = ['link', 'add', 'link', bridge, 'name', 'eth0', 'mtu', String(mtu), 'address', mac];
  return { argv: [...link, 'netns', namespace, 'type', 'macvlan', 'mode', 'bridge'] };
}

function removing(name: string): LinkCommand {
  return { argv: ['link', 'del', 'dev', name], tolerate: 'absent' };
}

async function note({ host, place: { scope, identity } }: Job, network: DesiredNetwork): Promise<void> {
  const view = host.view();
  const [links, namespaces] = await Promise.all([view.links(), view.namespaces()]);
  const over = links.find(({ name }) => name === network.bridge)?.index;
  const namespace = namespaces.get(namespaceName(scope, identity));
  if (over === undefined || namespace === undefined) return;
  const { macvlan } = containerPaths(scope, identity);
  await host.files.write(macvlan, formatNote({ namespace, over, mtu: network.mtu }));
}
