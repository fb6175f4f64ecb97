import { sensitive } from '../../schema/sensitive.ts';
import type { HostView } from '../host/host.ts';
import type { Inside as InsideSeen } from '../host/view.ts';
import { isTombstone } from '../forgotten.ts';
import { formerName, linkName, namespaceName, tableName } from '../identity.ts';
import { formerOf } from '../past.ts';
import { networkPaths, networksFolder, memberFile } from '../network/paths.ts';
import { rulesOf } from '../network/rules/ruleset.ts';
import { parseGiven } from './given.ts';
import { lifeOf, processesOf } from './life.ts';
import { parseOverlay } from './overlay.ts';
import { containerPaths } from './paths.ts';
import type { Image } from './readImage.ts';
import { macvlanSeen } from './macvlan.ts';
import { readNics, withoutNics } from './nicsSeen.ts';
import { readRestartFile } from './restartFile.ts';
import type { ContainerSeen, Inside, Place } from './seen.ts';
import { holdsSensitive } from './sensitiveParts.ts';

/** What is on the host of one container; undefined: nothing at all. */
export async function lookAt(
  view: HostView,
  place: Place,
  image: Image | undefined,
): Promise<ContainerSeen | undefined> {
  const { scope, project, address, identity } = place;
  const paths = containerPaths(scope, identity);
  const [namespaces, found, links, tables, mounts, records, ...texts] = await Promise.all([
    view.namespaces(),
    processesOf(view, place),
    view.links(),
    view.tables(),
    view.mounts(),
    readRecords(view, place),
    ...[
      ...[paths.runOwner, paths.dataOwner, paths.config, paths.lower, paths.restart],
      ...[paths.given, paths.macvlan],
    ].map((path) => view.read(path)),
  ]);
  const [runOwner, dataOwner, config, upperOf, restart, given, note] = texts;
  const netns = namespaces.get(namespaceName(scope, identity));
  const link = links.find(({ name }) => name === linkName(identity));
  const rules = rulesOf(tables, tableName(scope, project), address, formerOf(scope, address));
  const mount = mounts.get(paths.rootfs);
  const whole = found.init && (await view.inside(found.init.pid));
  const nics = await readNics(view, place, links, whole);
  const inside = whole && look(withoutNics(whole, nics));
  const linked = inside?.linked;
  // Without the end of a pair on the host, it lies over a link of the host's.
  const inner =
    link === undefined && linked === true && found.init
      ? await view.innerLink(found.init.pid, 'eth0')
      : undefined;
  const macvlan =
    link === undefined
      ? macvlanSeen(place, links, netns, { note, inner, ...(linked === undefined ? {} : { linked }) })
      : undefined;
  // Nothing is seen through one that has ended meanwhile.
  const life = await lifeOf(view, place, inside === undefined ? { ...found, init: undefined } : found);
  const cgroup = inside && (await view.cgroup(paths.capsuleCgroup));
  // The one above outlives what the capsule's own does not: a restart by its policy.
  const above = inside && (await view.cgroup(paths.cgroup));
  const traces = [
    runOwner,
    dataOwner,
    config,
    upperOf,
    netns,
    link,
    mount,
    found.any,
    records[0],
    nics[0],
    rules.rules[0],
  ];
  if (traces.every((trace) => trace === undefined)) return undefined;
  return {
    ...place,
    image,
    before: undefined,
    was: [link?.alias, ...nics.map(({ end }) => end?.alias), runOwner, dataOwner]
      .map((text) => formerName(text?.trim(), place))
      .find((name) => name !== undefined),
    ...([runOwner, dataOwner].some(isTombstone) ? { forgotten: true } : {}),
    named: netns !== undefined,
    attached: found.init !== undefined && found.init.netns === netns,
    link: link && { up: link.up, master: link.master, mtu: link.mtu, hairpin: link.hairpin },
    ...(macvlan === undefined ? {} : { macvlan }),
    ...(nics.length === 0 ? {} : { nics }),
    records,
    ...parseGiven(given),
    rules,
    root: mount?.type === 'overlay' ? parseOverlay(mount.options) : undefined,
    upperOf: upperOf?.replace(/\n$/, ''),
    config: config === undefined || !holdsSensitive(config) ? config : sensitive('config', config),
    restart: restartOf(restart),
    ...life,
    inside,
    limits: cgroup && { memory: cgroup.memory, cpu: cgroup.cpu, pids: cgroup.pids, io: above?.io },
  };
}

function restartOf(text: string | undefined): ContainerSeen['restart'] {
  const file = readRestartFile(text);
  return file && { policy: file.policy, stopTimeout: file.stopTimeout };
}

function look(inside: InsideSeen): Inside {
  const deleted = inside.mounts.filter(({ root }) => root.endsWith('//deleted')).map(({ target }) => target);
  const { links, addresses, addresses6, prefixes, gateway, gateway6 } = inside;
  return { linked: links.includes('eth0'), addresses, addresses6, prefixes, gateway, gateway6, deleted };
}

/** Its DNS records, in whichever networks they are. */
export async function readRecords(
  view: HostView,
  { scope, identity }: Place,
): Promise<ContainerSeen['records']> {
  const networks = (await view.list(networksFolder(scope))) ?? [];
  const found = await Promise.all(
    networks.map(async (network) => {
      const { hosts } = networkPaths(scope, network);
      if (!(await view.list(hosts))?.includes(identity)) return [];
      const path = memberFile(hosts, identity);
      const text = await view.read(path);
      return text === undefined ? [] : [{ path, text }];
    }),
  );
  return found.flat();
}
