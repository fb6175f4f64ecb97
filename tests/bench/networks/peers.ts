import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { createWorld, type World } from '../../system/support/world.ts';
import { must, run, timed } from '../measure.ts';
import { install } from '../shipped.ts';
import { lines, ratio, rest, type Taken } from './churn.ts';
import { networksFile, subnetOf } from './novaFile.ts';

/** Beside libvirt, where it is installed: the same networks with `nat` and DNS, defined by one `virsh` that stays. */
export async function besideLibvirt(count: number, times: number): Promise<string> {
  const script = resolve(import.meta.dirname, 'libvirt.sh');
  const alone = ['unshare', '--mount', '--net', '--propagation', 'private', 'sh', script, String(count)];
  return beside({
    tools: ['libvirtd', 'virsh'],
    packages: 'libvirt-daemon-system libvirt-clients',
    who: 'virsh net-create, net-destroy',
    keys: [],
    count,
    times,
    once: async () => {
      const [create = '', gone = ''] = (await must(alone, { timeout: 600_000 })).trim().split(' ');
      return { create: Number(create), delete: Number(gone) };
    },
  });
}

/** Beside Ansible, where it is installed: bridges with an address alone. Nova's have their rules as well. */
export async function besideAnsible(count: number, times: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nova-bench-'));
  try {
    await writeFile(join(folder, 'create.yml'), playbook(count, createTasks));
    await writeFile(join(folder, 'delete.yml'), playbook(count, ['ip link delete {{ item.name }}']));
    return await beside({
      tools: ['ansible-playbook'],
      packages: 'ansible-core',
      who: 'ansible-playbook, plain bridges',
      keys: ['dns = false'],
      count,
      times,
      once: async (world) => {
        const inside = ['nsenter', `--net=/run/netns/${world.netns}`];
        const play = (name: string) => [
          ...inside,
          'ansible-playbook',
          '-i',
          'localhost,',
          join(folder, name),
        ];
        const env = { ANSIBLE_LOCALHOST_WARNING: 'false', HOME: folder, LC_ALL: 'C.UTF-8' };
        const options = { env, timeout: 1_200_000 };
        return {
          create: await timed(() => must(play('create.yml'), options)),
          delete: await timed(() => must(play('delete.yml'), options)),
        };
      },
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

const createTasks = [
  'ip link add {{ item.name }} type bridge',
  'ip address add {{ item.address }} dev {{ item.name }}',
  'ip link set {{ item.name }} up',
];

/** JSON is YAML. */
function playbook(count: number, tasks: readonly string[]): string {
  const items = Array.from({ length: count }, (_, n) => ({ name: `a${n}`, address: `${subnetOf(n)}.1/24` }));
  const task = (command: string) => ({ 'ansible.builtin.command': command, loop: items });
  const play = { hosts: 'localhost', connection: 'local', gather_facts: false, tasks: tasks.map(task) };
  return JSON.stringify([play]);
}

interface Peer {
  /** By which it is known whether it is installed. */
  readonly tools: readonly string[];
  /** Debian's, which have them. */
  readonly packages: string;
  readonly who: string;
  /** Of each of Nova's networks, beside its subnet. */
  readonly keys: readonly string[];
  readonly count: number;
  readonly times: number;
  /** ms that both took, once. */
  readonly once: (world: World) => Promise<{ readonly create: number; readonly delete: number }>;
}

async function missingOf(tools: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(tools.map((tool) => run(['sh', '-c', `command -v ${tool}`])));
  return tools.filter((_, index) => found[index]?.code !== 0);
}

async function beside({ tools, packages, who, keys, count, times, once }: Peer): Promise<string> {
  await using shipped = await install();
  await using world = await createWorld({ program: shipped.launcher });
  await world.write(networksFile(count, keys));
  const missing = await missingOf(tools);
  const there = missing.length === 0;
  const nova: Taken = { create: [], delete: [] };
  const other: Taken = { create: [], delete: [] };
  for (let index = 0; index < times; index += 1) {
    nova.create.push(await timed(() => world.novaMust(['apply', '--yes'])));
    nova.delete.push(await timed(() => world.novaMust(['destroy', '--yes'])));
    if (!there) continue;
    await sleep(rest);
    await must(['ip', 'netns', 'add', world.netns]);
    try {
      const taken = await once(world);
      other.create.push(taken.create);
      other.delete.push(taken.delete);
    } finally {
      await must(['ip', 'netns', 'delete', world.netns]);
    }
    await sleep(rest);
  }
  const told = there
    ? [...lines(who, other), `  ratio of theirs to ours: ${ratio(other, nova)}`]
    : [`  ${who}: left out, as there is no ${missing.join(', no ')}. Next: apt-get install ${packages}`];
  const what = keys.length === 0 ? 'nat and DNS' : 'nat';
  return [`${count} networks with ${what}`, ...lines('nova apply, nova destroy', nova), ...told].join('\n');
}
