import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { linkName, namespaceName } from '../../../reconcilers/identity.ts';
import { must } from './shell.ts';
import type { World } from './world.ts';

/** One way in which a person changes what `twoCapsules` (novaFiles.ts) made, behind Nova's back. */
export interface Mutation {
  readonly what: string;
  readonly by: () => Promise<unknown>;
  /** What must be among the reported differences. */
  readonly reported: { readonly address: string; readonly class: string; readonly path?: string };
  /** The capsules that may restart: only what cannot be mended otherwise. */
  readonly restarts?: readonly ('web' | 'visitor')[];
}

/** Everything that is changed by hand and repaired, for a world with {@link twoCapsules}; and the pids of its capsules. */
export function driftTable(world: () => World): {
  readonly mutations: readonly Mutation[];
  readonly pidOf: (container: 'web' | 'visitor') => Promise<number>;
} {
  const web = () => world().identity('demo', 'container.web');
  const lan = () => world().identity('demo', 'network.lan');
  const veth = () => linkName(web());
  const pages = () => join(world().scope.data, 'volumes/demo/pages');
  const conf = () => join(world().scope.run, 'networks', lan(), 'dnsmasq.conf');

  async function pidOf(container: 'web' | 'visitor'): Promise<number> {
    return Number(
      await readFile(
        join(world().scope.run, 'containers', world().identity('demo', `container.${container}`), 'pid'),
        'utf8',
      ),
    );
  }

  async function pidsIn(cgroup: string): Promise<number[]> {
    for (const root of ['/sys/fs/cgroup/unified', '/sys/fs/cgroup']) {
      const text = await readFile(`${root}${cgroup}/cgroup.procs`, 'utf8').catch(() => undefined);
      if (text !== undefined) return text.trim().split('\n').filter(Boolean).map(Number);
    }
    return [];
  }

  async function signalDnsmasq(signal: NodeJS.Signals): Promise<void> {
    for (const pid of await pidsIn(`/nova/${world().scope.id}/${lan()}`)) process.kill(pid, signal);
  }

  async function runtime(...argv: string[]): Promise<void> {
    const oci = (await must(['sh', '-c', 'command -v runc || command -v crun'])).trim();
    await must([oci, '--root', join(world().scope.run, 'runtime'), ...argv]);
  }

  async function memoryLimit(value: string): Promise<void> {
    const v1 = `/sys/fs/cgroup/memory/nova/${world().scope.id}/${web()}/capsule/memory.limit_in_bytes`;
    const v2 = `/sys/fs/cgroup/nova/${world().scope.id}/${web()}/capsule/memory.max`;
    await writeFile(v1, value, { flag: 'r+' }).catch(() => writeFile(v2, value, { flag: 'r+' }));
  }

  const mutations: readonly Mutation[] = [
    {
      what: 'the bridge is deleted',
      by: () => world().inside(['ip', 'link', 'del', 'lan']),
      reported: { address: 'network.lan', class: 'missing' },
    },
    {
      what: 'the bridge is down',
      by: () => world().inside(['ip', 'link', 'set', 'lan', 'down']),
      reported: { address: 'network.lan', class: 'stopped' },
    },
    {
      what: "the bridge's address is gone",
      by: () => world().inside(['ip', 'addr', 'flush', 'dev', 'lan']),
      reported: { address: 'network.lan', class: 'changed', path: 'subnet' },
    },
    {
      what: "the bridge's address is another",
      by: async () => {
        await world().inside(['ip', 'addr', 'flush', 'dev', 'lan']);
        await world().inside(['ip', 'addr', 'add', '10.9.8.7/24', 'dev', 'lan']);
      },
      reported: { address: 'network.lan', class: 'changed', path: 'subnet' },
    },
    {
      what: "the bridge's MTU is another",
      by: () => world().inside(['ip', 'link', 'set', 'lan', 'mtu', '1280']),
      reported: { address: 'network.lan', class: 'changed', path: 'mtu' },
    },
    {
      what: 'dnsmasq is killed',
      by: () => signalDnsmasq('SIGKILL'),
      reported: { address: 'network.lan', class: 'stopped', path: 'dnsmasq' },
    },
    {
      what: 'dnsmasq is stopped by a signal',
      by: () => signalDnsmasq('SIGSTOP'),
      reported: { address: 'network.lan', class: 'stopped', path: 'dnsmasq' },
    },
    {
      what: "dnsmasq's configuration is edited",
      by: async () => writeFile(conf(), `${await readFile(conf(), 'utf8')}\ncache-size=1\n`),
      reported: { address: 'network.lan', class: 'changed', path: 'dnsmasq' },
    },
    {
      what: "a name is gone from dnsmasq's folder",
      by: async () => {
        await rm(join(world().scope.run, 'networks', lan(), 'hosts', web()));
      },
      reported: { address: 'container.web', class: 'changed' },
    },
    {
      what: 'the nftables table is flushed',
      by: () => world().inside(['nft', 'flush', 'table', 'inet', `nova-${world().scope.id}-demo`]),
      reported: { address: 'network.lan', class: 'changed', path: 'rules' },
    },
    {
      what: 'one rule is removed',
      by: async () => {
        const table = `nova-${world().scope.id}-demo`;
        const text = await world().inside(['nft', '-a', 'list', 'chain', 'inet', table, 'postrouting']);
        const handle = /masquerade.*# handle ([0-9]+)/.exec(text)?.[1] ?? 'no masquerade rule';
        await world().inside(['nft', 'delete', 'rule', 'inet', table, 'postrouting', 'handle', handle]);
      },
      reported: { address: 'network.lan', class: 'changed', path: 'rules' },
    },
    {
      what: 'somebody flushes the whole ruleset',
      by: async () => {
        await world().inside(['nft', 'flush', 'ruleset']);
        await world().inside(['nft', 'add table inet other; add chain inet other keep']);
      },
      reported: { address: 'container.web', class: 'changed', path: 'ports' },
    },
    {
      what: 'forwarding is off',
      by: () => world().inside(['sh', '-c', 'echo 0 > /proc/sys/net/ipv4/ip_forward']),
      reported: { address: 'network.lan', class: 'changed', path: 'ip_forward' },
    },
    {
      what: 'a capsule is moved off the bridge',
      by: () => world().inside(['ip', 'link', 'set', veth(), 'nomaster']),
      reported: { address: 'container.web', class: 'changed', path: 'network' },
    },
    {
      what: "a capsule's link is down",
      by: () => world().inside(['ip', 'link', 'set', veth(), 'down']),
      reported: { address: 'container.web', class: 'changed', path: 'network' },
    },
    {
      what: "a capsule's link is deleted",
      by: () => world().inside(['ip', 'link', 'del', veth()]),
      reported: { address: 'container.web', class: 'changed', path: 'network' },
    },
    {
      what: "a capsule's process is killed",
      by: async () => process.kill(await pidOf('web'), 'SIGKILL'),
      reported: { address: 'container.web', class: 'stopped' },
      restarts: ['web'],
    },
    {
      what: 'a capsule is paused',
      by: () => runtime('pause', web()),
      reported: { address: 'container.web', class: 'stopped' },
    },
    {
      what: "a capsule's process is stopped by a signal",
      by: async () => process.kill(await pidOf('web'), 'SIGSTOP'),
      reported: { address: 'container.web', class: 'stopped' },
    },
    {
      what: "a capsule's memory limit is another",
      by: () => memoryLimit(String(32 * 1024 ** 2)),
      reported: { address: 'container.web', class: 'changed', path: 'limits.memory' },
    },
    {
      what: "the name of a capsule's namespace is deleted",
      by: () => must(['ip', 'netns', 'delete', namespaceName(world().scope, web())]),
      reported: { address: 'container.web', class: 'changed' },
    },
    {
      what: 'conmon is killed',
      by: async () => {
        for (const pid of await pidsIn(`/nova/${world().scope.id}/${web()}/monitor`))
          process.kill(pid, 'SIGKILL');
      },
      reported: { address: 'container.web', class: 'stopped' },
      restarts: ['web'],
    },
    {
      what: 'conmon is stopped by a signal',
      by: async () => {
        for (const pid of await pidsIn(`/nova/${world().scope.id}/${web()}/monitor`))
          process.kill(pid, 'SIGSTOP');
      },
      reported: { address: 'container.web', class: 'stopped', path: 'conmon' },
    },
    {
      what: "the prefix of a capsule's address is another",
      by: async () => {
        const enter = ['nsenter', `--net=/run/netns/${namespaceName(world().scope, web())}`];
        const text = await must([...enter, 'ip', '-4', '-o', 'addr', 'show', 'dev', 'eth0']);
        const ip = /inet ([0-9.]+)\//.exec(text)?.[1] ?? '';
        await must([...enter, 'ip', 'addr', 'add', `${ip}/16`, 'dev', 'eth0']);
        await must([...enter, 'ip', 'addr', 'del', `${ip}/24`, 'dev', 'eth0']);
      },
      reported: { address: 'container.web', class: 'changed', path: 'prefix' },
    },
    {
      what: "the volume's mode is another",
      by: () => must(['chmod', '0700', pages()]),
      reported: { address: 'volume.pages', class: 'changed', path: 'mode' },
    },
    {
      what: "the volume's owner is another",
      by: () => must(['chown', '12:34', pages()]),
      reported: { address: 'volume.pages', class: 'changed', path: 'owner' },
    },
    {
      what: "the volume's folder is gone",
      by: () => rm(pages(), { recursive: true }),
      reported: { address: 'volume.pages', class: 'missing' },
      restarts: ['web'],
    },
  ];
  return { mutations, pidOf };
}
