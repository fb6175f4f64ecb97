import fc from 'fast-check';
import { stringify } from 'smol-toml';

import { capsules, images, pulled } from './world.ts';

/**
 * Texts of NovaFiles from few names, so that two of them have resources in common that differ. What a file refers to
 * is in it.
 */
export function novaFiles(): fc.Arbitrary<string> {
  const choices = fc.record({
    networks: fc.record({
      lan: fc.option(lan(), { freq: 5 }),
      dmz: fc.option(dmz()),
      outer: fc.option(outer(), { freq: 1 }),
      shared: fc.option(shared(), { freq: 2 }),
    }),
    volumes: fc.record({ data: fc.option(volume()), logs: fc.option(volume()) }),
    images: fc.record({ base: fc.option(rootImage(), { freq: 3 }), disk: fc.option(otherImage()) }),
    gpus: fc.record({
      card: fc.option(card()),
      ssd: fc.option(splittable()),
      kept: fc.option(keptByOthers()),
      ...forMachines,
    }),
    containers: fc.record({
      db: fc.option(container()),
      web: fc.option(container()),
      job: fc.option(container()),
    }),
    vms: fc.record({ box: fc.option(vm()), guest: fc.option(vm(), { freq: 1 }) }),
  });
  return choices.map(({ networks, volumes, images, gpus, containers, vms }) => {
    const kept = {
      network: declared(networks),
      volume: declared(volumes),
      image: declared(images),
      gpu: declared(gpus) as Readonly<Record<string, Device>>,
    };
    const tables: Record<string, object> = {};
    for (const [name, chosen] of Object.entries(declared(containers))) {
      tables[name] = containerTable(chosen, kept, tables, Object.keys(tables).length);
    }
    const machines = Object.entries(declared(vms)).map(([name, chosen], index) => [
      name,
      vmTable(chosen, kept, index),
    ]);
    return stringify({
      project: 'demo',
      ...kept,
      network: withRules(kept.network, tables),
      container: tables,
      vm: Object.fromEntries(machines),
    });
  });
}

/** A port that leads to the first container on it, where there is one, and who may reach whom. */
function withRules(
  networks: Readonly<Record<string, Network>>,
  containers: Readonly<Record<string, object>>,
): object {
  return Object.fromEntries(
    Object.entries(networks).map(([name, { leads, allows, ...written }], index) => {
      const network = byBridge(written, networks);
      const member = Object.entries(containers).find(([, table]) => isOn(name, table))?.[0];
      // What is on a macvlan is known to no rule.
      const ruled = Object.entries(containers).filter(
        ([, table]) => networks['shared']?.type !== 'macvlan' || !isOn('shared', table),
      );
      const first = ruled[0]?.[0];
      const rules = [
        'host -> any:22',
        `10.9.0.0/16 -> network.${name}:53/udp`,
        ...(member === undefined || first === undefined
          ? []
          : [`container.${first} -> container.${member}:80`, `container.${member} -> any`]),
      ];
      const led = leads && member !== undefined && network.subnet !== undefined;
      return [
        name,
        {
          ...network,
          ...(led ? { forwards: [`${9000 + index} -> container.${member}:80`] } : {}),
          ...(allows === undefined ? {} : { allow: rules.slice(0, allows + 1) }),
        },
      ];
    }),
  );
}

/** An interface that is a port of a bridge is left to that: members leave by the bridge. */
function byBridge(
  { uplink, vlan, ...network }: Omit<Network, 'leads' | 'allows'>,
  networks: Readonly<Record<string, Network>>,
): Omit<Network, 'leads' | 'allows'> {
  const over = Object.entries(networks).find(
    ([, { interfaces = [] }]) => uplink !== undefined && interfaces.includes(uplink),
  );
  if (over !== undefined) return { ...network, uplink: over[0] };
  return { ...network, ...(uplink === undefined ? {} : { uplink }), ...(vlan === undefined ? {} : { vlan }) };
}

function isOn(network: string, table: object): boolean {
  if (!('network' in table)) return false;
  const { network: joined } = table;
  return joined === network || (joined as { readonly name?: string }).name === network;
}

interface Network {
  readonly subnet?: string;
  /** Not a key of the NovaFile's. */
  readonly leads?: boolean;
  readonly subnet6?: string;
  /** Nor is this: how many rules it has. */
  readonly allows?: number;
  readonly profile?: string;
  readonly type?: string;
  readonly interfaces?: readonly string[];
  readonly uplink?: string;
  readonly vlan?: number;
}

function lan(): fc.Arbitrary<Network> {
  const internal = { profile: fc.constant('internal'), mtu: mtu() };
  const plain: fc.Arbitrary<Network> = fc.record(internal);
  const onlySix: fc.Arbitrary<Network> = fc
    .tuple(fc.record({ ...internal, profile: fc.constantFrom('internal', 'nat') }), six('fd00:77:'))
    .map(([network, more]) => ({ ...network, ...more }));
  return fc.oneof(
    {
      weight: 5,
      arbitrary: addressed(
        ['192.168.77.1/24', '192.168.77.1/25', '192.168.77.126/25'],
        '192.168.77.50-192.168.77.60',
        '192.168.77.4',
        'fd00:77:',
      ),
    },
    { weight: 1, arbitrary: plain },
    { weight: 1, arbitrary: onlySix },
  );
}

function dmz(): fc.Arbitrary<Network> {
  return addressed(['10.66.0.1/28'], '10.66.0.8-10.66.0.10', '10.66.0.', 'fd00:66:');
}

/** With interfaces of the host as ports, one of which has all of its addresses. */
function outer(): fc.Arbitrary<Network> {
  const onVlan = fc.record(
    {
      ...{
        profile: fc.constant('external'),
        interfaces: fc.constant(['wan0']),
        vlan: fc.constantFrom(20, 30),
      },
      ...{ subnet: fc.constant('10.201.0.1/24'), mtu: fc.constantFrom(1500, 1400) },
      ...closing,
    },
    { requiredKeys: ['profile', 'interfaces', 'vlan'] },
  );
  return fc.oneof({ weight: 1, arbitrary: onVlan }, { weight: 2, arbitrary: asPorts() });
}

/** What of a network protects its members. */
const closing = { policy: fc.constantFrom('open', 'closed'), allows: fc.nat(3) };

function asPorts(): fc.Arbitrary<Network> {
  return fc.record(
    {
      profile: fc.constant('external'),
      interfaces: fc.constantFrom(['wan0'], ['wan0', 'wan1'], ['wan1']),
      subnet: fc.constantFrom('10.200.0.2/24', '10.201.0.1/24'),
      stp: fc.boolean(),
      mtu: mtu(),
      ...closing,
    },
    { requiredKeys: ['profile', 'interfaces'] },
  );
}

/** A link of the host that members share. */
function shared(): fc.Arbitrary<Network> {
  const macvlan = fc.record(
    {
      ...{ type: fc.constant('macvlan'), uplink: fc.constantFrom('wan2', 'wan2', 'far2') },
      subnet: fc.constant('10.202.0.1/24'),
      subnet6: fc.constant('fd00:202::1/64'),
      vlan: fc.constantFrom(20, 30),
      mtu: fc.constantFrom(1500, 1400),
    },
    { requiredKeys: ['type', 'uplink'] },
  );
  return fc.oneof({ weight: 3, arbitrary: macvlan }, { weight: 1, arbitrary: dmzLike() });
}

/** The same name on a bridge. */
function dmzLike(): fc.Arbitrary<Network> {
  return fc.constantFrom(
    { subnet: '10.202.0.1/24', profile: 'nat' },
    { subnet: '10.202.0.1/24', profile: 'nat', uplink: 'wan0' },
  );
}

/** By the host's own way to the world, by another interface, or by a VLAN of the first. */
function ways(): fc.Arbitrary<object> {
  return fc.constantFrom({}, {}, { uplink: 'wan0' }, { uplink: 'wan1' }, { uplink: 'wan0', vlan: 40 });
}

/** @param few begins addresses that nobody else has: with a 6 and a 7 after it */
function addressed(
  subnets: readonly string[],
  range: string,
  few: string,
  base6: string,
): fc.Arbitrary<Network> {
  const four = fc.record(
    {
      subnet: fc.constantFrom(...subnets),
      profile: fc.constantFrom('nat', 'internal'),
      mtu: mtu(),
      dns: fc.boolean(),
      domain: fc.constant('corp.internal'),
      dhcp_range: fc.constant(range),
      leads: fc.boolean(),
      gateway: fc.constant(`${few}6`),
      reservations: fc.constantFrom(
        [{ mac: '52:54:00:12:34:56', ip: `${few}7`, name: 'printer' }],
        [{ mac: '52:54:00:12:34:56' }, { mac: '52:54:00:12:34:57', ip: `${few}7` }],
      ),
      records: fc.constantFrom<object[]>(
        { nas: '10.0.0.1', 'b.c': ['10.0.0.2', 'fd00::2'] },
        { nas: 'fd00::1' },
      ),
      allows: fc.nat(3),
      policy: fc.constantFrom('open', 'open', 'closed'),
    },
    { requiredKeys: ['subnet', 'profile'] },
  );
  const more = fc.option(six(base6), { nil: {} });
  return fc.tuple(four, more, ways()).map(([{ records, ...network }, keys, way]) => ({
    ...network,
    ...(network.profile === 'nat' ? way : {}),
    ...(records === undefined || network.dns === false ? {} : { records }),
    ...keys,
  }));
}

function six(base: string): fc.Arbitrary<{ readonly subnet6: string }> {
  return fc.record(
    {
      subnet6: fc.constantFrom(`${base}:1/64`, `${base}:2/64`, `${base}:1/80`),
      ra: fc.boolean(),
      dhcp_range6: fc.constant(`${base}:800-${base}:8ff`),
    },
    { requiredKeys: ['subnet6'] },
  );
}

function mtu(): fc.Arbitrary<number> {
  return fc.constantFrom(1500, 1400, 9000);
}

function volume(): fc.Arbitrary<object> {
  const [mode, owner] = [fc.constantFrom('0755', '0700', '1777'), fc.constantFrom('0:0', '1000:1000')];
  return fc.record({ mode, owner }, { requiredKeys: [] });
}

/** What a capsule can run in. */
function rootImage(): fc.Arbitrary<object> {
  const files = fc.constantFrom(
    { '/bin/tool': './tool' },
    { '/bin/tool': './tool', '/etc/motd': './site/index.html' },
  );
  return fc.oneof(
    fc.record({ source: fc.constantFrom('./busybox', './other', './image', `docker://${pulled[0]}`) }),
    fc.record(
      { type: fc.constant('root'), files, links: fc.constant({ '/bin/sh': 'tool' }) },
      { requiredKeys: ['type', 'files'] },
    ),
  );
}

function otherImage(): fc.Arbitrary<object> {
  const files = fc.constant({ '/init': './tool' });
  return fc.oneof(
    fc.record({ source: fc.constantFrom('./disk.raw', './disk.qcow2') }),
    fc.record({ type: fc.constant('initramfs'), files, folders: fc.subarray(['/dev', '/proc']) }),
  );
}

/** A display with its sound, in one group, or one that no driver of the host's takes. */
function card(): fc.Arbitrary<object> {
  return fc.oneof(
    fc.record(
      {
        address: fc.constant('0000:01:00.0'),
        driver: fc.constantFrom('vfio-pci', 'host'),
        audio: fc.constantFrom('auto', 'none'),
      },
      { requiredKeys: ['address'] },
    ),
    fc.constant({ vendor: '1002', device: '744c' }),
  );
}

/** Always the same, as what a machine has cannot be taken from it. */
const forMachines = {
  spare: fc.option(fc.constant({ address: '0000:02:00.0' })),
  nic: fc.option(fc.constant({ address: '0000:07:00.0', sriov_vfs: 2 })),
  shared: fc.option(fc.constant({ address: '0000:08:00.0', driver: 'host' })),
};

function splittable(): fc.Arbitrary<object> {
  const address = fc.constant('0000:05:00.0');
  return fc.oneof(
    fc.record({ address, sriov_vfs: fc.constantFrom(0, 2, 4, 8) }),
    fc.record({ address, driver: fc.constantFrom('vfio-pci', 'host') }),
  );
}

/** One that is with `vfio-pci` before Nova comes. */
function keptByOthers(): fc.Arbitrary<object> {
  return fc.record({ address: fc.constant('0000:06:00.0'), driver: fc.constantFrom('vfio-pci', 'host') });
}

interface Choices {
  readonly own: object;
  readonly declared: boolean;
  readonly network: 'lan' | 'dmz' | 'shared' | 'none';
  /** Networks that it is on beside. */
  readonly further: readonly string[];
  readonly fixed: boolean;
  readonly volumes: readonly string[];
  readonly folder: boolean;
  readonly ports: readonly string[];
  readonly refers: boolean;
  readonly serves: boolean;
  readonly health: 'tcp' | 'http' | 'exec' | 'none';
}

function container(): fc.Arbitrary<Choices> {
  const own = fc.record(
    {
      capsule: fc.constantFrom(...capsules, ...pulled),
      command: fc.constantFrom(['/bin/sleep', '1000'], ['/bin/serve', '--port', '80']),
      env: fc.constantFrom<Record<string, string>[]>(
        ...[{ A: '1' }, { A: '2', B: 'x y' }],
        ...[{ API_KEY: 'first-canary' }, { A: '1', API_KEY: 'second-canary' }],
      ),
      hostname: fc.constant('host-1'),
      user: fc.constant('1000:1000'),
      workdir: fc.constant('/srv'),
      restart: fc.constantFrom('always', 'on-failure', 'never'),
      limits: fc.record(
        { memory: fc.constantFrom('64Mi', '96Mi'), pids: fc.constant(50), cpu: fc.constant(0.5) },
        { requiredKeys: [] },
      ),
      stop_timeout: fc.constantFrom(1, 5),
      state: fc.constantFrom('running', 'stopped'),
    },
    { requiredKeys: ['capsule', 'command'] },
  );
  return fc.record({
    own,
    declared: fc.boolean(),
    network: fc.constantFrom('lan', 'lan', 'dmz', 'shared', 'none'),
    further: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.shuffledSubarray(['lan', 'dmz', 'outer', 'shared']) },
    ),
    fixed: fc.boolean(),
    volumes: fc.subarray(['data', 'logs']),
    folder: fc.boolean(),
    ports: fc.subarray(['80', '443/udp', '8443']),
    refers: fc.boolean(),
    serves: fc.boolean(),
    health: fc.constantFrom('none', 'tcp', 'http', 'exec'),
  });
}

function containerTable(
  {
    own,
    declared: ofImage,
    network,
    further,
    fixed,
    volumes,
    folder,
    ports,
    refers,
    serves,
    health,
  }: Choices,
  kept: {
    readonly network: Readonly<Record<string, Network>>;
    readonly gpu: Readonly<Record<string, Device>>;
    readonly volume: object;
    readonly image: object;
  },
  earlier: Readonly<Record<string, object>>,
  number: number,
): object {
  const joined = network === 'none' ? undefined : kept.network[network];
  const addressable = joined?.subnet !== undefined && joined.type !== 'macvlan';
  const ip = { lan: `192.168.77.${100 + number}`, dmz: `10.66.0.${3 + number}` }[network as string];
  const mounted = [
    ...volumes.filter((name) => name in kept.volume).map((name) => `${name}:/mnt/${name}`),
    ...(folder ? ['./site:/mnt/site:ro'] : []),
  ];
  const other = Object.entries(earlier).find(([, table]) => 'ports' in table)?.[0];
  const env = {
    ...('env' in own ? (own.env as object) : {}),
    ...(other === undefined ? {} : { OTHER: `\${container.${other}.ip}` }),
  };
  const probe = {
    tcp: { tcp: 80 },
    http: { http: ':80/healthz' },
    exec: { exec: ['/bin/true'] },
    none: undefined,
  }[health];
  return {
    ...own,
    ...(ofImage && 'base' in kept.image ? { capsule: 'base' } : {}),
    ...(refers
      ? {
          env,
          ...(other === undefined
            ? { depends_on: Object.keys(earlier).map((name) => `container.${name}`) }
            : {}),
        }
      : {}),
    ...(joined === undefined
      ? {}
      : {
          network: membershipOf(
            network,
            joined,
            fixed ? { ip: ip ?? `10.202.0.${3 + number}`, number } : undefined,
          ),
        }),
    ...nicsOf(
      further.filter((name) => name !== network),
      kept.network,
      fixed ? number : undefined,
    ),
    ...(serves && addressable ? { services: { http: 80, sip: '5060/udp' } } : {}),
    ...(mounted.length === 0 ? {} : { volumes: mounted }),
    ...(folder && kept.gpu['card']?.driver === 'host' ? { gpus: ['card'] } : {}),
    ...(addressable ? { ports: ports.map((port, index) => `${8000 + number * 10 + index}:${port}`) } : {}),
    ...(probe !== undefined && (addressable || health === 'exec') ? { health: probe } : {}),
  };
}

/** Links to further networks that there are; of those on a macvlan none. @param number of who asks for its addresses there */
function nicsOf(
  names: readonly string[],
  networks: Readonly<Record<string, Network>>,
  number: number | undefined,
): object {
  const nics = names.flatMap((network) => {
    const joined = networks[network];
    if (joined === undefined || joined.type === 'macvlan') return [];
    const base6 = joined.subnet6?.split('::')[0];
    const ip6 = number === undefined || base6 === undefined ? {} : { ip6: `${base6}::2:${number + 1}` };
    return [{ network, ...ip6 }];
  });
  return nics.length === 0 ? {} : { nics };
}

/** One that asks for addresses gets those of the families that the network has. */
function membershipOf(
  name: string,
  { subnet, subnet6 }: Network,
  fixed: { readonly ip: string; readonly number: number } | undefined,
): string | object {
  if (fixed === undefined || (subnet === undefined && subnet6 === undefined)) return name;
  const base6 = subnet6?.split('::')[0];
  return {
    name,
    ...(subnet === undefined ? {} : { ip: fixed.ip }),
    ...(base6 === undefined ? {} : { ip6: `${base6}::1:${fixed.number + 1}` }),
  };
}

interface VmChoices {
  readonly own: object;
  readonly network: 'lan' | 'dmz' | 'shared' | 'none';
  readonly fixed: boolean;
  readonly devices: 'none' | 'whole' | 'part' | 'mediated' | 'one' | 'later';
  readonly types: readonly string[];
  readonly probe: 'tcp' | 'http' | 'serial' | 'none';
}

function vm(): fc.Arbitrary<VmChoices> {
  const size = fc.constantFrom('1Mi', '2Mi', '1Gi');
  const from = fc.oneof(
    fc.record({ image: fc.constantFrom(...images) }),
    fc.record({ image: fc.constantFrom(...images), disk: fc.record({ size }) }),
    fc.record({
      boot: fc.constantFrom(
        { kernel: images[0] },
        { kernel: images[0], initrd: images[1], cmdline: 'a,b=c d' },
      ),
    }),
  );
  const rest = fc.record(
    {
      cpu: fc.constantFrom(1, 2),
      memory: fc.constantFrom('64Mi', '1Gi'),
      accel: fc.constantFrom('auto', 'tcg'),
      stop_timeout: fc.constantFrom(1, 5),
      state: fc.constantFrom('running', 'running', 'stopped'),
    },
    { requiredKeys: [] },
  );
  return fc.record({
    own: fc.tuple(from, rest).map(([one, other]) => ({ ...one, ...other })),
    network: fc.constantFrom('lan', 'lan', 'dmz', 'shared', 'none'),
    fixed: fc.boolean(),
    devices: fc.constantFrom('none', 'none', 'whole', 'part', 'mediated', 'one', 'later'),
    types: fc.array(fc.constantFrom('nvidia-62', 'nvidia-63'), { minLength: 1, maxLength: 2 }),
    probe: fc.constantFrom('none', 'tcp', 'http', 'serial'),
  });
}

function vmTable(
  { own, network, fixed, devices, types, probe }: VmChoices,
  kept: {
    readonly gpu: Readonly<Record<string, Device>>;
    readonly network: Readonly<Record<string, Network & { dns?: boolean; dhcp_range?: string }>>;
    readonly image: Readonly<Record<string, object>>;
  },
  number: number,
): object {
  const joined = network === 'none' ? undefined : kept.network[network];
  const served = joined?.subnet !== undefined && joined.type !== 'macvlan';
  const told = served && (joined.dns !== false || joined.dhcp_range !== undefined);
  const ip = { lan: `192.168.77.${110 + number}`, dmz: `10.66.0.${12 + number}` }[network as string];
  // Of two machines the first takes a declared image where there is one that fits.
  const { disk } = kept.image;
  const named =
    disk === undefined || number > 0
      ? {}
      : 'boot' in own
        ? { boot: { kernel: 'disk' } }
        : 'source' in disk
          ? { image: 'disk' }
          : {};
  const asks = { tcp: { tcp: 22 }, http: { http: ':80/' }, serial: { serial: 'ready' }, none: undefined }[
    probe
  ];
  return {
    ...own,
    ...named,
    ...(joined === undefined
      ? {}
      : {
          network: membershipOf(
            network,
            joined,
            fixed ? { ip: ip ?? `10.202.0.${12 + number}`, number: 100 + number } : undefined,
          ),
        }),
    ...devicesFor({ devices, types }, kept.gpu, number),
    ...(asks !== undefined && (told || probe === 'serial') ? { probe: asks } : {}),
  };
}

interface Device {
  readonly driver?: string;
  readonly sriov_vfs?: number;
}

/** The first machine may have whole devices, each a function of its own. */
function devicesFor(
  { devices: choice, types }: Pick<VmChoices, 'devices' | 'types'>,
  { spare, nic, shared }: Readonly<Record<string, Device>>,
  number: number,
): object {
  const first = number === 0;
  if (choice === 'later') return { gpu_passthrough: [] };
  if (choice === 'one' && first) return { gpu_passthrough: true };
  const whole = choice === 'whole' && first && spare !== undefined ? ['spare'] : [];
  const isPart = choice === 'part' && nic !== undefined && number < 2;
  const parts = isPart ? [{ name: 'nic', vf: number }] : [];
  const isMediated = choice === 'mediated' && shared !== undefined;
  const mediated = isMediated ? types.map((mdev) => ({ name: 'shared', mdev })) : [];
  const all = [...whole, ...parts, ...mediated];
  return all.length === 0 ? {} : { gpu_passthrough: all };
}

function declared<T>(tables: Readonly<Record<string, T | null>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(tables).flatMap(([name, table]) => (table === null ? [] : [[name, table]])),
  );
}
