import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { readProcesses } from '../../../reconcilers/host/viewProcesses.ts';
import { linkName, namespaceName } from '../../../reconcilers/identity.ts';
import { placeOf } from '../../../reconcilers/network/place.ts';
import type { World } from '../support/world.ts';

/** What a person who knows where things are does to the networks `lan` and `dark` of `demo`, and to its container `web`. */
export async function byHand(world: World, line: string): Promise<string> {
  const { table, paths, temporary, cgroup, pidFile, configOption } = placeOf(
    world.scope,
    'demo',
    'network.lan',
  );
  const web = world.identity('demo', 'container.web');
  const names: Readonly<Record<string, string>> = {
    ...{
      TABLE: table,
      LAN: paths.folder,
      LEASES: paths.leasesFolder,
      TEMPORARY: temporary,
      PIDFILE: pidFile,
    },
    DARKPID: placeOf(world.scope, 'demo', 'network.dark').pidFile,
    INSIDE: `nsenter --net=/run/netns/${namespaceName(world.scope, web)}`,
    ...{ WEB: web, VETH: linkName(web), CONF: configOption },
    OWN: linkName(world.identity('demo', 'network.lan')),
    CGROUP: (await unifiedCgroup()) + cgroup,
  };
  const words = Object.entries(names).map(([name, value]) => `${name}='${value}'`);
  return world.inside(['sh', '-ec', `${words.join('; ')}\n${line}`]);
}

async function unifiedCgroup(): Promise<string> {
  return (await readdir('/sys/fs/cgroup')).includes('unified') ? '/sys/fs/cgroup/unified' : '/sys/fs/cgroup';
}

/**
 * All that networks are made of, and what is beside them, without what changes by itself; as lines.
 * @param sysctls paths below /proc/sys/net
 */
export async function stateOf(world: World, sysctls: readonly string[]): Promise<readonly string[]> {
  const links = JSON.parse(await world.inside(['ip', '-j', '-d', 'addr'])) as Record<string, unknown>[];
  const rules = await world.inside(['nft', '-t', 'list', 'ruleset']);
  const routes = async (family: string) =>
    (await world.inside(['ip', family, 'route', 'show', 'table', 'all'])).split('\n');
  const lines = [
    ...links.map(lineOf),
    ...[...(await routes('-4')), ...(await routes('-6')).filter(isLasting)].map(
      (text) => `route ${text.trim()}`,
    ),
    ...(await byHand(world, inside))
      .split('\n')
      .filter(isLasting)
      .map((text) => `inside ${text.replaceAll(/^\d+: | *valid_lft.*$/g, '').trim()}`),
    ...rules.split('\n').map((text) => `nft ${text.trim()}`),
    await world.inside(['grep', '', ...sysctls.map((path) => `/proc/sys/net/${path}`)]),
    ...(await filesBelow(join(world.scope.run, 'networks'))),
    ...(await filesBelow(join(world.scope.data, 'networks'))),
    ...[...readProcesses().values()].flatMap(({ argv, cgroup, state: how }) =>
      argv.some((word) => word.startsWith(`--conf-file=${world.scope.run}/`))
        ? [`${argv.join(' ')} in ${cgroup}${how === 'T' ? ', stopped' : ''}`]
        : [],
    ),
  ];
  return lines.filter((text) => text !== '').toSorted();
}

/** What a member has. */
const inside =
  '$INSIDE sh -c "ip -o addr show dev eth0 scope global; ip route; ip -6 route" 2>/dev/null || echo nothing';

/** Not what the kernel makes of each link's own address, in its own time. */
function isLasting(route: string): boolean {
  return !/fe80::|ff00::|^anycast/.test(route);
}

function lineOf(link: Record<string, unknown>): string {
  const { ifname, flags, mtu, address, master, ifalias, linkinfo, addr_info: addresses } = link;
  const { info_slave_data: port, info_data: own } = (linkinfo ?? {}) as Record<
    string,
    Record<string, unknown>
  >;
  // The kernel chooses that of a link between two namespaces.
  const mac = (linkinfo as { info_kind?: string } | undefined)?.info_kind === 'bridge' ? address : '';
  const up = (flags as string[]).includes('UP');
  const ips = (addresses as { local: string; prefixlen: number; scope: string }[])
    .filter(({ scope }) => scope === 'global')
    .map(({ local, prefixlen }) => `${local}/${prefixlen}`);
  return JSON.stringify([ifname, up, mtu, mac, master, ifalias, port?.['hairpin'], own?.['stp_state'], ips]);
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found = entries.filter((entry) => !/\.(log|pid)$/.test(entry.name));
  return Promise.all(
    found.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const text = entry.isFile() ? await readFile(path, 'utf8') : '';
      // It is another server to DHCPv6 that has lost its leases.
      return `${path} ${JSON.stringify(text.replace(/^duid .*$/m, 'duid'))}`;
    }),
  );
}
