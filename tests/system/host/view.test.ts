import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { cgroupsOf, makeMachine, never, sh } from './machine.ts';

describe('view', () => {
  it('starts nothing and sees nothing of the network when the namespace is not there', async () => {
    await using machine = makeMachine({ namespace: false });
    const view = machine.host.view();
    expect(await view.links()).toEqual([]);
    expect(await view.tables()).toEqual([]);
    expect(await view.namespace()).toBeUndefined();
    expect(await view.sysctl('net.ipv4.ip_forward')).toBeUndefined();
    expect(machine.commands).toEqual([]);
  });

  it('reads each part once, however many ask', async () => {
    await using machine = makeMachine();
    const [one, other] = [machine.host.view(), machine.host.view()];
    await Promise.all([
      one.links(),
      one.links(),
      other.links(),
      one.tables(),
      other.tables(),
      one.sysctl('net.ipv4.ip_forward'),
    ]);
    await Promise.all([
      one.links(),
      one.tables(),
      other.sysctl('net.ipv4.ip_forward'),
      other.sysctl('net.ipv4.conf.lo.forwarding'),
    ]);
    const started = machine.commands
      .map((command) => command.argv[0] ?? '')
      .toSorted((a, b) => a.localeCompare(b));
    expect(started).toEqual(['grep', 'grep', 'ip', 'nft']);
    expect(machine.commands.every((command) => command.effect === 'read')).toBe(true);
    expect(cgroupsOf(machine.scope)).toEqual([]);
  });

  it('is newer than the change before it', async () => {
    await using machine = makeMachine();
    const before = machine.host.view().links();
    await machine.host.links.change([{ argv: ['link', 'add', 'new0', 'type', 'bridge'] }]);
    await before;
    expect((await machine.host.view().links()).map((link) => link.name)).toContain('new0');
  });

  it('reads by programs that stay, of the namespace that bears the name now', async () => {
    await using machine = makeMachine();
    const { namespace } = machine.scope;
    const names = async () => (await machine.host.view().links()).map(({ name }) => name);
    const tables = async () => (await machine.host.view().tables()).map(({ name }) => name);
    machine.inside('ip link add old0 type bridge; nft add table inet old');
    for (let time = 0; time < 3; time += 1) {
      expect(await names()).toEqual(['lo', 'old0']);
      expect(await tables()).toEqual(['old']);
    }
    machine.inside('ip link del old0; nft add table inet more');
    expect([await names(), await tables()]).toEqual([['lo'], ['old', 'more']]);
    sh(`ip netns del ${namespace}; ip netns add ${namespace}`);
    expect([await names(), await tables()]).toEqual([['lo'], []]);
    sh(`kill -KILL $(pgrep -P ${process.pid} -x nft)`);
    machine.inside('ip link add new0 type bridge; nft add table inet new');
    expect([await names(), await tables()]).toEqual([['lo', 'new0'], ['new']]);
    expect(machine.commands.every(({ effect }) => effect === 'read')).toBe(true);
    expect(machine.commands.filter(({ argv }) => argv.join(' ') === 'nft -j -t -i list ruleset')).not.toEqual(
      [],
    );
    expect(existsSync('/.nft.history')).toBe(false);
  });

  it('tells the name that a bridge has now, of its ports too', async () => {
    await using machine = makeMachine();
    machine.inside('ip link add old0 type bridge; ip link add port0 master old0 type veth peer name far0');
    const masterOf = async () =>
      (await machine.host.view().links()).find(({ name }) => name === 'port0')?.master;
    for (let time = 0; time < 3; time += 1) expect(await masterOf()).toBe('old0');
    machine.inside('ip link set old0 name new0');
    expect(await masterOf()).toBe('new0');
  });

  it('reads sysctls of the namespace, not of the machine', async () => {
    await using machine = makeMachine();
    machine.inside('echo 1 > /proc/sys/net/ipv4/ip_forward; echo 7 > /proc/sys/net/ipv4/tcp_retries1');
    const view = machine.host.view();
    const keys = ['net.ipv4.ip_forward', 'net.ipv4.tcp_retries1', 'net.ipv4.nonsense'];
    expect(await Promise.all(keys.map((key) => view.sysctl(key)))).toEqual(['1', '7', undefined]);
    expect(machine.commands).toHaveLength(1);
  });

  it('sees a process with its arguments, namespace and cgroup, and what it sees itself', async () => {
    await using machine = makeMachine();
    machine.inside(
      'ip link add eth9 type dummy 2>/dev/null || ip link add eth9 type bridge; ip addr add 10.9.0.2/24 dev eth9; ip link set eth9 up; ip route add default via 10.9.0.1; ip addr add fd00:9::2/64 dev eth9 nodad; ip route add default via fd00:9::1 dev eth9',
    );
    const child = spawn('nsenter', [`--net=/run/netns/${machine.scope.namespace}`, 'sleep', '60'], {
      stdio: 'ignore',
    });
    try {
      const { pid = 0 } = child;
      await expect
        .poll(async () => (await machine.host.view().processes()).get(pid)?.argv)
        .toEqual(['sleep', '60']);
      const view = machine.host.view();
      const found = (await view.processes()).get(pid);
      expect(found).toMatchObject({ pid, netns: await view.namespace() });
      expect(await view.inside(pid)).toMatchObject({
        links: ['eth9'],
        addresses: ['10.9.0.2'],
        addresses6: ['fd00:9::2'],
        prefixes: { '10.9.0.2': 24, 'fd00:9::2': 64 },
        gateway: '10.9.0.1',
        gateway6: 'fd00:9::1',
      });
      await machine.host.processes.signal({ pid, startTime: (found?.startTime ?? 0) + 1 }, 'SIGKILL');
      expect((await machine.host.view().processes()).has(pid)).toBe(true);
      await machine.host.processes.signal({ pid, startTime: found?.startTime ?? 0 }, 'SIGKILL');
      await expect.poll(async () => (await machine.host.view().processes()).has(pid)).toBe(false);
      expect(await machine.host.view().inside(pid)).toBeUndefined();
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('reads files, folders, their ends and their stats', async () => {
    await using machine = makeMachine();
    const { folder, host } = machine;
    mkdirSync(`${folder}/d`);
    writeFileSync(`${folder}/d/f`, 'hello world');
    chmodSync(`${folder}/d/f`, 0o640);
    symlinkSync('f', `${folder}/d/l`);
    const view = host.view();
    expect(await view.read(`${folder}/d/f`)).toBe('hello world');
    expect(await view.tail(`${folder}/d/f`, 5)).toBe('world');
    expect(await view.tail(`${folder}/d/f`, 50)).toBe('hello world');
    expect(await view.list(`${folder}/d`)).toEqual(['f', 'l']);
    expect(await view.stat(`${folder}/d/f`)).toMatchObject({ type: 'file', mode: 0o640, uid: 0, gid: 0 });
    expect(await view.stat(`${folder}/d/l`)).toMatchObject({ type: 'symlink' });
    expect([
      await view.read(`${folder}/n`),
      await view.list(`${folder}/d/f/x`),
      await view.stat(`${folder}/n`),
    ]).toEqual([undefined, undefined, undefined]);
    await expect(view.read(`${folder}/d`)).rejects.toMatchObject({ code: 'host.file' });
  });

  it('reads the limits of a cgroup and whether it is frozen', async () => {
    await using machine = makeMachine();
    const path = `/nova/${machine.scope.id}/limits`;
    const hybrid = sh('grep -c " - cgroup " /proc/self/mountinfo || true').trim() !== '0';
    if (hybrid) {
      const root = '/sys/fs/cgroup';
      sh(`for c in memory cpu pids freezer unified; do mkdir -p ${root}/$c${path}; done
        echo 50000000 > ${root}/memory${path}/memory.limit_in_bytes; echo 150000 > ${root}/cpu${path}/cpu.cfs_quota_us`);
    } else {
      sh(`cd /sys/fs/cgroup; echo "+memory +cpu +pids" > cgroup.subtree_control; mkdir nova; echo "+memory +cpu +pids" > nova/cgroup.subtree_control
        mkdir nova/${machine.scope.id}; echo "+memory +cpu +pids" > nova/${machine.scope.id}/cgroup.subtree_control
        mkdir .${path}; echo 50000000 > .${path}/memory.max; echo "150000 100000" > .${path}/cpu.max`);
    }
    expect(await machine.host.view().cgroup(path)).toEqual({
      memory: 49_999_872,
      cpu: 1.5,
      pids: undefined,
      frozen: false,
    });
    if (hybrid) sh(`echo FROZEN > /sys/fs/cgroup/freezer${path}/freezer.state`);
    else sh(`echo 1 > /sys/fs/cgroup${path}/cgroup.freeze`);
    expect(await machine.host.view().cgroup(path)).toMatchObject({ frozen: true });
    await machine.host.cgroups.kill(path, never);
    await machine.host.cgroups.remove(path);
    expect(await machine.host.view().cgroup(path)).toBeUndefined();
    expect(cgroupsOf(machine.scope)).toEqual([]);
  });
});
