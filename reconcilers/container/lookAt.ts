import { sensitive } from '../../schema/sensitive.ts';
import type { HostView } from '../host/host.ts';
import type { Process } from '../host/view.ts';
import { isTombstone } from '../forgotten.ts';
import { formerName, linkName, namespaceName, tableName } from '../identity.ts';
import { formerOf } from '../past.ts';
import { networkPaths, networksFolder, memberFile } from '../network/paths.ts';
import { rulesOf } from '../network/ruleset.ts';
import { lastLines } from './log.ts';
import { parseOverlay } from './overlay.ts';
import { containerPaths } from './paths.ts';
import { findProcesses, type Found, phaseOf } from './phase.ts';
import type { Image } from './readImage.ts';
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
  const [namespaces, processes, links, tables, mounts, records, ...texts] = await Promise.all([
    view.namespaces(),
    view.processes(),
    view.links(),
    view.tables(),
    view.mounts(),
    readRecords(view, place),
    ...[paths.runOwner, paths.dataOwner, paths.config, paths.lower, paths.restart, paths.given].map((path) =>
      view.read(path),
    ),
  ]);
  const [runOwner, dataOwner, config, upperOf, restart, given] = texts;
  const netns = namespaces.get(namespaceName(scope, identity));
  const link = links.find(({ name }) => name === linkName(identity));
  const rules = rulesOf(tables, tableName(scope, project), address, formerOf(scope, address));
  const mount = mounts.get(paths.rootfs);
  const found = findProcesses(processes.values(), place, Number(await view.read(paths.pid)));
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
    rules.rules[0],
  ];
  if (traces.every((trace) => trace === undefined)) return undefined;
  return {
    ...place,
    image,
    before: undefined,
    was: [link?.alias, runOwner, dataOwner]
      .map((text) => formerName(text?.trim(), place))
      .find((name) => name !== undefined),
    ...([runOwner, dataOwner].some(isTombstone) ? { forgotten: true } : {}),
    named: netns !== undefined,
    attached: found.init !== undefined && found.init.netns === netns,
    conmon: found.conmon !== undefined,
    busy: found.any !== undefined,
    link: link && { up: link.up, master: link.master, mtu: link.mtu },
    records,
    given: given?.trim(),
    rules,
    root: mount?.type === 'overlay' ? parseOverlay(mount.options) : undefined,
    upperOf: upperOf?.replace(/\n$/, ''),
    config: config === undefined || !holdsSensitive(config) ? config : sensitive('config', config),
    restart: restartOf(restart),
    ...(await life(view, place, found)),
  };
}

type Life = Pick<ContainerSeen, 'phase' | 'process' | 'exit' | 'log' | 'inside' | 'limits'>;

async function life(view: HostView, place: Place, found: Found): Promise<Life> {
  const paths = containerPaths(place.scope, place.identity);
  const inside = found.init && (await look(view, found.init));
  if (found.init === undefined || inside === undefined) {
    const exit = parseExit(await view.read(paths.exit));
    const phase = phaseOf({ ...found, init: undefined, exit, created: false, frozen: false });
    const log =
      exit === undefined || exit === 0 ? [] : lastLines((await view.tail(paths.log, 4096)) ?? '', 5);
    return { phase, process: undefined, exit, log, inside: undefined, limits: undefined };
  }
  const [cgroup, fifo] = await Promise.all([view.cgroup(paths.capsuleCgroup), view.stat(paths.fifo)]);
  const state = { ...found, exit: undefined, created: fifo !== undefined, frozen: cgroup?.frozen ?? false };
  const { pid, startTime } = found.init;
  const limits = cgroup && { memory: cgroup.memory, cpu: cgroup.cpu, pids: cgroup.pids };
  return { phase: phaseOf(state), process: { pid, startTime }, exit: undefined, log: [], inside, limits };
}

function restartOf(text: string | undefined): ContainerSeen['restart'] {
  const file = readRestartFile(text);
  return file && { policy: file.policy, stopTimeout: file.stopTimeout };
}

async function look(view: HostView, init: Process): Promise<Inside | undefined> {
  const inside = await view.inside(init.pid);
  if (inside === undefined) return undefined;
  const deleted = inside.mounts.filter(({ root }) => root.endsWith('//deleted')).map(({ target }) => target);
  const { links, addresses, gateway } = inside;
  return { linked: links.includes('eth0'), addresses, gateway, deleted };
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

function parseExit(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]+\s*$/.test(text) ? Number(text) : undefined;
}
