import type { Address } from '../../schema/manifest.ts';
import type { HostView } from '../../reconcilers/host/host.ts';
import { foreignLink, findBridge } from '../../reconcilers/network/findParts.ts';
import { keepsIn } from '../../reconcilers/network/networkRules.ts';
import { placeOf } from '../../reconcilers/network/place.ts';
import { rulesOf } from '../../reconcilers/network/ruleset.ts';
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
  const { rules } = rulesOf(tables, place.table, address, place.former);
  const profile = rules.some(keepsIn)
    ? 'internal'
    : rules.some(({ chain }) => chain === 'forward')
      ? 'nat'
      : 'external';
  const [subnet] = bridge.addresses.map(({ ip, prefix }) => `${ip}/${prefix}`);
  const [subnet6] = bridge.addresses6.map(({ ip, prefix }) => `${ip}/${prefix}`);
  const strangers = links
    .filter(({ name, master }) => master === bridge.name && !isMember.test(name))
    .map(({ name }) => name);
  return {
    table: {
      profile,
      ...(profile === 'external' && strangers.length > 0 ? { interfaces: strangers } : {}),
      ...(subnet === undefined ? {} : { subnet }),
      ...(bridge.mtu === 1500 ? {} : { mtu: bridge.mtu }),
      ...(subnet6 === undefined ? {} : { subnet6 }),
      ...((subnet ?? subnet6) === undefined ? {} : answersIn(config, address)),
      ...(subnet6 === undefined || /^enable-ra$/m.test(config ?? '') ? {} : { ra: false }),
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

/** What of dnsmasq.conf(5) has words in a NovaFile. */
function answersIn(config: string | undefined, address: Address): Readonly<Record<string, unknown>> {
  if (config === undefined) return { dns: false };
  const domain = /^domain=(.*)$/m.exec(config)?.[1];
  const [, from, to] = /^dhcp-range=([0-9.]+),([0-9.]+),/m.exec(config) ?? [];
  const [, from6, to6] = /^dhcp-range=([0-9a-f:]*:[0-9a-f:]*),([0-9a-f:]*:[0-9a-f:]*),/m.exec(config) ?? [];
  return {
    ...(/^port=0$/m.test(config) ? { dns: false } : {}),
    ...(domain === undefined || domain === `${address.slice('network.'.length)}.internal` ? {} : { domain }),
    ...(from === undefined ? {} : { dhcp_range: `${from}-${to}` }),
    ...(from6 === undefined ? {} : { dhcp_range6: `${from6}-${to6}` }),
  };
}
