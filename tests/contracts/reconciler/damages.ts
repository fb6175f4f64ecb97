import type { FakeHost } from '../../../fixtures/fakeHost.ts';
import { isMediatedHeld, unmediate } from '../../../fixtures/fakeHost/mediated.ts';
import { holdersOf } from '../../../fixtures/fakeHost/pciBus.ts';
import type { PciDevice } from '../../../reconcilers/host/pci/model.ts';
import { parseRecord, recordsFolder } from '../../../reconcilers/gpu/record.ts';
import { localnetKey } from '../../../reconcilers/network/rules/loopback.ts';
import { parseMark } from '../../../reconcilers/identity.ts';

/**
 * Breaks one thing of Nova's by hand, chosen by a number among all that can be broken now.
 * @returns what was done
 */
export function damages(host: FakeHost, choice: number): string {
  const possible = [
    ...links(host),
    ...processes(host),
    ...cgroups(host),
    ...devices(host),
    ...mediatedDevices(host),
    ...routing(host),
    ...others(host),
  ];
  const [what, act] = possible[choice % possible.length] ?? ['nothing', () => {}];
  act();
  return what;
}

type Damage = readonly [what: string, act: () => void];

function links({ kernel }: FakeHost): Damage[] {
  const ours = kernel.machine.host.links.filter(({ alias }) => parseMark(alias) !== undefined);
  const ports = kernel.machine.host.links.filter(
    ({ name, master }) => name.startsWith('wan') && master !== undefined,
  );
  const shared = kernel.machine.host.links.filter(({ above }) => above.some(({ kind }) => kind !== 'vlan'));
  const damagesOfShared = shared.map(({ name }): Damage => [
    `ip link set ${name} down`,
    () => kernel.ip(`link set ${name} down`),
  ]);
  const damagesOfPorts = ports.flatMap(({ name }): Damage[] =>
    [`link set ${name} nomaster`, `link set ${name} down`].map((command) => [
      `ip ${command}`,
      () => kernel.ip(command),
    ]),
  );
  const damagesOfOurs = ours.flatMap(({ name, kind, mtu }) => {
    const words = [`link del ${name}`, `link set ${name} down`, `link set ${name} mtu ${mtu - 100}`];
    const more =
      kind === 'bridge'
        ? [`addr flush dev ${name}`, `link set ${name} address 02:00:00:00:00:99`]
        : [
            `link set ${name} nomaster`,
            ...(kind === 'macvtap'
              ? [`link set ${name} allmulticast off`, `link set ${name} address 02:00:00:00:00:99`]
              : []),
          ];
    const localnet = (value: string): Damage => [
      `route_localnet of ${name} is ${value}`,
      () => kernel.setSysctl(localnetKey(name), value),
    ];
    return [
      ...[...words, ...more].map((command): Damage => [`ip ${command}`, () => kernel.ip(command)]),
      ...(kind === 'bridge' ? [localnet('0'), localnet('1')] : []),
    ];
  });
  return [...damagesOfOurs, ...damagesOfPorts, ...damagesOfShared];
}

/** What leads members out by an uplink, and what would lead them elsewhere. */
function routing({ kernel }: FakeHost): Damage[] {
  const { rules, ways } = kernel.machine.host;
  return [
    ...rules.map((rule): Damage => [
      `rule ${rule.priority} from ${rule.from} is gone`,
      () => void rules.splice(rules.indexOf(rule), 1),
    ]),
    ...ways.flatMap((way): Damage[] => [
      [`route to ${way.to} of table ${way.table} is gone`, () => void ways.splice(ways.indexOf(way), 1)],
      [
        `route to ${way.to} of table ${way.table} has another metric`,
        () => void ways.splice(ways.indexOf(way), 1, { ...way, metric: 77 }),
      ],
    ]),
  ];
}

function processes({ kernel }: FakeHost): Damage[] {
  return kernel.pids('/nova/').flatMap((pid): Damage[] => {
    const name = kernel.machine.processes.get(pid)?.argv.join(' ') ?? '';
    const kill: Damage = [`kill ${name}`, () => kernel.kill(pid)];
    const stop: Damage = [`stop ${name}`, () => kernel.stop(pid)];
    // One that is stopped hears nothing.
    if (!name.startsWith('qemu') || kernel.machine.processes.get(pid)?.state === 'T') return [kill, stop];
    return [
      ...[kill, stop],
      ...['stop', 'quit'].map((word): Damage => [`${word} ${name}`, () => kernel.qmp(pid, word)]),
      ...pulled(kernel, pid).map((act): Damage => [`unplug the network card of ${name}`, act]),
      [`another cgroup for ${name}`, () => kernel.moveToCgroup(pid, '/')],
    ];
  });
}

/** Its network card, with what is behind it or without. */
function pulled({ machine, ...kernel }: FakeHost['kernel'], pid: number): (() => void)[] {
  const vm = machine.processes.get(pid)?.vm;
  const [nic] = vm?.status === 'running' ? vm.nics : [];
  if (nic?.id === undefined) return [];
  const alone = () => kernel.qmp(pid, 'device_del', { id: nic.id });
  const withBackend = () => {
    alone();
    kernel.qmp(pid, 'netdev_del', { id: nic.netdev });
  };
  return vm?.netdevs.has(nic.netdev) === true ? [alone, withBackend] : [alone];
}

function cgroups({ kernel }: FakeHost): Damage[] {
  const capsules = [...kernel.machine.cgroups.keys()].filter((path) => path.endsWith('/capsule'));
  return capsules.flatMap((path): Damage[] => [
    [`freeze ${path}`, () => kernel.freeze(path)],
    [`memory limit of ${path}`, () => kernel.setLimits(path, { memory: 2 ** 20 })],
    [`kill all in ${path}`, () => kernel.killCgroup(path)],
  ]);
}

/** Devices that there is a record of, and those that are made of them. */
function devices({ kernel, scope }: FakeHost): Damage[] {
  const records = kernel.machine.tree
    .all()
    .filter(([path, { type }]) => path.startsWith(recordsFolder(scope)) && type === 'file');
  const ours = records.flatMap(([, { text }]) => parseRecord(text)?.devices ?? []);
  const isHeld = ({ nodes, functions, mediated }: PciDevice): boolean =>
    mediated.some(({ uuid }) => isMediatedHeld(kernel.machine, uuid)) ||
    [...nodes, ...functions.flatMap((each) => nodesOf(each))].some(
      (node) => holdersOf(kernel.machine, node).length > 0,
    );
  const nodesOf = (address: string) =>
    kernel.machine.pci.devices.find((each) => each.address === address)?.nodes ?? [];
  const split = new Set(records.map(([, { text }]) => parseRecord(text)?.split?.address));
  const there = kernel.machine.pci.devices.filter(({ address }) =>
    ours.some((each) => each.address === address),
  );
  return [
    ...records.map(([path]): Damage => [`rm ${path}`, () => kernel.remove(path)]),
    // The kernel does not come back from taking what a machine has open.
    ...there
      .filter((device) => !isHeld(device))
      .flatMap(({ address, driver, sriov }): Damage[] => [
        [`unbind ${address}`, () => kernel.bindDevice(address, undefined)],
        [`override of ${address} by hand`, () => kernel.overrideDevice(address, 'pci-stub')],
        [`override of ${address} taken away`, () => kernel.overrideDevice(address, undefined)],
        [`${address} with vfio-pci`, () => kernel.bindDevice(address, 'vfio-pci')],
        [`${address} with the host`, () => kernel.bindDevice(address, kernel.machine.drivers.get(address))],
        [`rescan ${address}`, () => kernel.rescanDevice(address)],
        ...(sriov === undefined || !split.has(address) || driver === undefined || driver === 'vfio-pci'
          ? []
          : [0, 1].map((count): Damage => [
              `${count} functions of ${address}`,
              () => {
                kernel.splitDevice(address, 0);
                kernel.splitDevice(address, count);
              },
            ])),
      ]),
  ];
}

/** What is made of a device, and goes by hand while no machine has it. */
function mediatedDevices({ kernel }: FakeHost): Damage[] {
  return kernel.machine.pci.devices.flatMap(({ address, mediated }) =>
    mediated
      .filter(({ uuid }) => !isMediatedHeld(kernel.machine, uuid))
      .map(({ uuid }): Damage => [`remove ${uuid}`, () => unmediate(kernel.machine, address, uuid)]),
  );
}

function others({ kernel, scope }: FakeHost): Damage[] {
  const names = [...kernel.machine.names.keys()].filter((name) => name.startsWith(`nova-${scope.id}`));
  const marked = kernel.machine.tree.all().flatMap(([path, { mark }]) => (mark === undefined ? [] : [path]));
  const volumes = marked.filter((path) => path.startsWith(`${scope.data}/volumes/`));
  const images = kernel.machine.tree
    .all()
    .filter(([path, { type }]) => path.startsWith(`${scope.data}/images/`) && type === 'file');
  const tables = kernel.machine.host.tables.filter(({ name }) => name.startsWith('nova-'));
  // Of a capsule that does not run nobody sees the inside: it gets its address when it starts.
  const lived = new Set([...kernel.machine.processes.values()].map(({ netns }) => netns));
  const inside = names.flatMap((name) => {
    const namespace = kernel.machine.names.get(name);
    if (namespace === undefined || !lived.has(namespace)) return [];
    return namespace.links.flatMap(({ name: link, addresses }) =>
      addresses.map(({ ip }) => [name, link, ip] as const),
    );
  });
  const macvlans = names.flatMap((name) => {
    const namespace = kernel.machine.names.get(name);
    if (namespace === undefined || !lived.has(namespace)) return [];
    return namespace.links.flatMap(({ kind, name: link, mtu }) =>
      kind !== 'macvlan'
        ? []
        : [
            ...[`link del ${link}`, `link set ${link} down`, `link set ${link} mtu ${mtu - 100}`],
            ...[`link set ${link} address 02:00:00:00:00:99`],
          ].map((command): Damage => [`ip -n ${name} ${command}`, () => kernel.ip(command, name)]),
    );
  });
  const notes = kernel.machine.tree.all().flatMap(([path]) => (/macvlan$|\.nic$/.test(path) ? [path] : []));
  return [
    ...macvlans,
    ...notes.map((path): Damage => [`rm ${path}`, () => kernel.remove(path)]),
    ...inside.map(([name, link, ip]): Damage => [
      `another prefix of ${ip} in ${name}`,
      () => {
        kernel.ip(`addr flush dev ${link}`, name);
        kernel.ip(`addr add ${ip}/30 dev ${link}`, name);
      },
    ]),
    ...['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'].map((key): Damage => [
      `${key} off`,
      () => kernel.setSysctl(key, '0'),
    ]),
    ...names.map((name): Damage => [`namespace ${name} deleted`, () => kernel.removeNamespace(name)]),
    ...volumes.map((path): Damage => [`chmod ${path}`, () => kernel.chmod(path, 0o711)]),
    ...marked.map((path): Damage => [`rm ${path}`, () => kernel.remove(path)]),
    ...images.flatMap(([path]): Damage[] => [
      [`rm ${path}`, () => kernel.remove(path)],
      [`${path} edited`, () => kernel.write(path, 'edited')],
    ]),
    ...tables.flatMap(({ family, name, rules }): Damage[] => [
      [`table ${name} deleted`, () => kernel.nft([{ delete: { table: { family, name } } }])],
      [`table ${name} flushed`, () => kernel.nft([{ flush: { table: { family, name } } }])],
      ...rules.map(({ chain, handle }): Damage => [
        `rule ${handle} deleted`,
        () => kernel.nft([{ delete: { rule: { family, table: name, chain, handle } } }]),
      ]),
    ]),
    ...kernel.machine.tree
      .all()
      .filter(([path, { type }]) => path.endsWith('dnsmasq.conf') && type === 'file')
      .map(([path]): Damage => [`${path} edited`, () => kernel.write(path, '# empty\n')]),
  ];
}
