import type { NetworkSpec } from '../../../schema/network.ts';
import type { LinkCommand } from '../../host/host.ts';
import { findBridge } from '../findParts.ts';
import { readHostsAddresses } from '../uplinks/lookAtUplinks.ts';
import type { Task } from '../task.ts';

/** Exactly the addresses of the spec, beside those that are the host's own affair. */
export async function setAddress({ host, place }: Task, spec: NetworkSpec): Promise<void> {
  const { subnet, subnet6 } = spec;
  const view = host.view();
  const links = await view.links();
  const link = findBridge(links, place);
  if (link === undefined) return;
  const hosts = await readHostsAddresses(view, links, place, spec);
  const written = (all: typeof link.addresses) =>
    all.map(({ ip, prefix }) => `${ip}/${prefix}`).filter((cidr) => !hosts.includes(cidr));
  // Nobody else is asked whether he has the address: a bridge without members has nobody to ask, and would wait.
  const commands = [
    ...commandsFor(link.name, subnet, written(link.addresses), []),
    ...commandsFor(link.name, subnet6, written(link.addresses6), ['nodad']),
  ];
  // A link on which IPv6 is switched off takes none.
  const off = `net/ipv6/conf/${link.name}/disable_ipv6`;
  if (subnet6 !== undefined && commands.length > 0 && (await view.sysctl(off)) === '1')
    await host.sysctls.set(off, '0');
  if (commands.length > 0) await host.links.change(commands);
}

function commandsFor(
  link: string,
  wanted: string | undefined,
  here: readonly string[],
  adding: readonly string[],
): readonly LinkCommand[] {
  const surplus = here.filter((address) => address !== wanted);
  if (surplus.length === 0 && here.length === (wanted === undefined ? 0 : 1)) return [];
  const add: readonly LinkCommand[] =
    wanted === undefined
      ? []
      : [{ argv: ['address', 'add', wanted, 'dev', link, ...adding], tolerate: 'exists' }];
  return [
    ...add,
    ...surplus.map((address) => ({
      argv: ['address', 'delete', address, 'dev', link],
      tolerate: 'absent' as const,
    })),
    // The first IPv4 address of a subnet takes the others of it along when it goes.
    ...(surplus.length === 0 ? [] : add),
  ];
}
