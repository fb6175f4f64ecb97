import type { Address } from '../../schema/manifest.ts';
import type { HostView } from '../../reconcilers/host/host.ts';
import { dnsmasqFields } from '../../reconcilers/network/dnsmasq/dnsmasqFields.ts';
import { rulesAt } from '../../reconcilers/network/rules/filter.ts';
import { foreignLink, findBridge } from '../../reconcilers/network/findParts.ts';
import { leadsOut } from '../../reconcilers/network/uplinks/lookAtEgress.ts';
import { keepsIn } from '../../reconcilers/network/rules/networkRules.ts';
import { placeOf } from '../../reconcilers/network/place.ts';
import type { Told } from './givenUp.ts';

/** A network as its bridge, its rules and the configuration of its DNS server tell of it; undefined: its bridge is gone. */
export async function givenUpNetwork(view: HostView, address: Address): Promise<Told | undefined> {
  const place = placeOf(view.scope, view.project, address);
  const [links, tables, config] = await Promise.all([
    view.links(),
    view.tables(),
    view.read(place.paths.config),
  ]);
  const bridge = findBridge(links, place) ?? foreignLink(links, place);
  if (bridge?.kind !== 'bridge') return undefined;
  const { rules } = rulesAt(place, tables);
  const uplink = leadsOut({ rules });
  const profile = rules.some(keepsIn)
    ? 'internal'
    : rules.some(({ chain }) => chain === 'forward')
      ? 'nat'
      : 'external';
  const [subnet] = bridge.addresses.map(({ ip, prefix }) => `${ip}/${prefix}`);
  const [subnet6] = bridge.addresses6.map(({ ip, prefix }) => `${ip}/${prefix}`);
  const said = dnsmasqFields(config ?? '');
  const strangers = links
    .filter(({ name, master }) => master === bridge.name && !isMember.test(name))
    .map(({ name }) => name);
  return {
    table: {
      profile,
      ...(profile === 'external' && strangers.length > 0 ? { interfaces: strangers } : {}),
      ...(uplink === undefined ? {} : { uplink }),
      ...(subnet === undefined ? {} : { subnet }),
      ...(bridge.mtu === 1500 ? {} : { mtu: bridge.mtu }),
      ...(subnet6 === undefined ? {} : { subnet6 }),
      ...((subnet ?? subnet6) === undefined
        ? {}
        : answersIn(config === undefined ? undefined : said, address)),
      ...(subnet6 === undefined || said.get('ra') === true ? {} : { ra: false }),
    },
    // What reaches the world by links of the host has them as its own.
    lacks:
      strangers.length === 0 || profile === 'external'
        ? []
        : [`Links of others are on it: ${strangers.join(', ')}.`],
  };
}

/** A link that Nova made for a capsule or a machine, whose mark may be gone. */
const isMember = /^nv[0-9a-f]{12}$/;

/** What its DNS and DHCP server was told; undefined: it had none. */
function answersIn(
  said: ReturnType<typeof dnsmasqFields> | undefined,
  address: Address,
): Readonly<Record<string, unknown>> {
  if (said === undefined) return { dns: false };
  const usual = `${address.slice('network.'.length)}.internal`;
  return Object.fromEntries(
    ['dns', 'domain', 'dhcp_range', 'dhcp_range6']
      .map((key) => [key, said.get(key)] as const)
      .filter(([, value]) => value !== undefined && value !== true && value !== usual),
  );
}
