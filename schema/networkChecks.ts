import { checkRanges } from './networkRanges.ts';
import { profileOf, type WrittenNetwork } from './network.ts';
import { checkReservations } from './reservations.ts';
import { quote, type TableProblem } from './problem.ts';

/** What does not fit together within one table; paths as within it. */
export function checkNetwork(table: WrittenNetwork): readonly TableProblem[] {
  return [
    ...checkMade(table),
    ...checkLinks(table),
    ...checkUplink(table),
    ...checkAddressed(table),
    ...checkRanges(table),
    ...checkReservations(table),
  ];
}

/** Keys that belong to one way in which a network is made. */
function checkMade({ type, driver, uplink, ...table }: WrittenNetwork): readonly TableProblem[] {
  const problems: TableProblem[] = [];
  const strange = (key: string, hint: string) => {
    const message = `${key} does not go with a network of type ${type}`;
    problems.push({ code: 'schema.value', message, hint, path: [key], involves: ['type'] });
  };
  if (driver !== undefined && type !== 'overlay') strange('driver', 'leave it out, or set type = "overlay"');
  if (type !== 'bridge') {
    if (table.interfaces !== undefined) strange('interfaces', 'leave it out, or set type = "bridge"');
    if (table.stp) strange('stp', 'leave it out: only a bridge takes part in the protocol');
  }
  if (type === 'macvlan') {
    const why = "leave it out: what members of a macvlan send does not pass the host's packet filter";
    for (const key of ['forwards', 'allow'] as const) if (table[key] !== undefined) strange(key, why);
    if (table.policy === 'closed') strange('policy', why);
    if (table.profile !== undefined && table.profile !== 'external')
      strange('profile', 'leave it out: members of a macvlan reach what its uplink reaches');
    for (const [key, hint] of foreign) if (table[key] !== undefined) strange(key, hint);
    if (table.dns === true) strange('dns', named);
    if (uplink === undefined) {
      const message = 'a network of type macvlan needs the key uplink';
      const hint = 'for example uplink = "enp6s0"; `ip link` lists the interfaces of this host';
      problems.push({
        code: 'schema.missing',
        message,
        hint,
        path: [],
        on: 'table',
        involves: ['type', 'uplink'],
      });
    }
  }
  if (type === 'overlay' && uplink !== undefined)
    strange('uplink', "leave it out: an overlay leaves by the host's routing table");
  return problems;
}

const lends = "leave it out: addresses there are lent by the LAN's own DHCP server";
const named = "leave it out: names there are the LAN's own affair";
const unguarded = "leave it out: the host's own addresses and routes stay where they are";

/** What this host does on a bridge, and cannot do on a link that it shares with others. */
const foreign = [
  ['gateway', "leave it out: its router's address stands in subnet"],
  ['dhcp_range', lends],
  ['dhcp_range6', lends],
  ['reservations', lends],
  ['ra', "leave it out: the LAN's own router announces itself"],
  ['records', named],
  ['confirm_timeout', unguarded],
  ['confirm_address', unguarded],
] as const;

/** What needs an interface of the host. */
function checkLinks(table: WrittenNetwork): readonly TableProblem[] {
  const { type, interfaces, uplink } = table;
  const involves = ['type', 'interfaces', 'uplink'];
  const again = interfaces?.findIndex((name, index) => interfaces.indexOf(name) < index) ?? -1;
  const problems: TableProblem[] = [];
  if (again >= 0) {
    const message = `interfaces names ${quote(interfaces?.[again] ?? '')} twice`;
    problems.push({ code: 'schema.value', message, hint: 'name it once', path: ['interfaces', again] });
  }
  const alone = interfaces === undefined && uplink === undefined;
  // What is taken over has what is on it.
  if (type === 'bridge' && table.profile === 'external' && alone && !table.adopt) {
    const message = 'a bridge with the profile external needs an interface that it reaches the world by';
    const hint =
      'for example interfaces = ["enp6s0"]; `ip link` lists the interfaces of this host; or adopt = true for one that is there';
    problems.push({
      code: 'schema.missing',
      message,
      hint,
      path: [],
      on: 'table',
      involves: ['profile', ...involves],
    });
  }
  if (table.vlan !== undefined && interfaces === undefined && uplink === undefined) {
    const hint = 'add interfaces or uplink, or leave it out';
    problems.push({
      code: 'schema.missing',
      message: 'vlan needs an interface of the host',
      hint,
      path: ['vlan'],
      involves,
    });
  }
  for (const key of ['confirm_timeout', 'confirm_address'] as const) {
    if (table[key] === undefined || interfaces !== undefined || uplink !== undefined) continue;
    const message = `${key} needs interfaces: without them nothing of the host's own is changed`;
    problems.push({ code: 'schema.missing', message, hint: 'leave it out', path: [key], involves });
  }
  return problems;
}

/** The way out of a bridge, which is none of its ports. */
function checkUplink(table: WrittenNetwork): readonly TableProblem[] {
  const { type, interfaces, uplink, vlan } = table;
  if (type !== 'bridge' || uplink === undefined) return [];
  const involves = ['profile', 'interfaces', 'uplink'];
  const refuse = (message: string, hint: string, path: string): readonly TableProblem[] => [
    { code: 'schema.value', message, hint, path: [path], involves },
  ];
  const profile = profileOf(table);
  if (profile !== 'nat') {
    const hint =
      profile === 'external'
        ? `set interfaces = ["${uplink}"] for members in the network of the interface, or profile = "nat"`
        : 'leave it out, or set profile = "nat"';
    return refuse(
      `uplink does not go with the profile ${profile}: members do not leave behind the host`,
      hint,
      'uplink',
    );
  }
  if (interfaces?.includes(uplink) === true)
    return refuse(
      `${uplink} is a port of the bridge, and cannot be its way out`,
      'leave it out of interfaces',
      'uplink',
    );
  if (interfaces === undefined || vlan === undefined) return [];
  return refuse(
    'vlan is said for interfaces and uplink together',
    'leave out one of them, or make the VLAN beforehand and name it in uplink',
    'vlan',
  );
}

/** What needs addresses. An overlay has some of its own. */
function checkAddressed(table: WrittenNetwork): readonly TableProblem[] {
  const { type, subnet, subnet6, mtu } = table;
  const involves = ['subnet', 'subnet6', 'type', 'profile', 'interfaces'];
  const hint = 'add subnet = "192.168.77.1/24", the gateway\'s address and the prefix';
  const problems: TableProblem[] = [];
  const needs = (key: string, what: 'subnet' | 'subnet6', next: string): void => {
    // What a macvlan cannot have anyway is refused for that alone.
    if (type === 'macvlan') return;
    const message = `${key} needs a ${what}`;
    problems.push({ code: 'schema.missing', message, hint: next, path: [key], involves });
  };
  const addressless = subnet === undefined && subnet6 === undefined;
  if (type === 'bridge' && profileOf(table) === 'nat' && addressless) {
    const message = 'a network with the profile nat needs a subnet';
    const or = `${hint}; or profile = "internal"`;
    problems.push({ code: 'schema.missing', message, hint: or, path: [], on: 'table', involves });
  }
  for (const key of ['dhcp_range', 'gateway'] as const)
    if (table[key] !== undefined && subnet === undefined) needs(key, 'subnet', hint);
  const addressed = subnet !== undefined || subnet6 !== undefined || type === 'overlay';
  if (table.dns === true && !addressed) needs('dns', 'subnet', hint);
  for (const key of ['records', 'forwards', 'reservations'] as const)
    if (table[key] !== undefined && !addressed) needs(key, 'subnet', hint);
  const six = 'add subnet6 = "fd00:77::1/64"';
  if (table.dhcp_range6 !== undefined && subnet6 === undefined) needs('dhcp_range6', 'subnet6', six);
  if (table.ra === true && subnet6 === undefined) needs('ra', 'subnet6', six);
  if (table.records !== undefined && table.dns === false) {
    const message = 'records need the DNS server of the network';
    const next = 'leave out dns = false, or records';
    problems.push({ code: 'schema.value', message, hint: next, path: ['records'], involves: ['dns'] });
  }
  if (subnet6 !== undefined && mtu < 1280) {
    const message = 'mtu must be at least 1280 where there is IPv6 (RFC 8200)';
    problems.push({ code: 'schema.value', message, hint: 'for example mtu = 1280', path: ['mtu'], involves });
  }
  return problems;
}
