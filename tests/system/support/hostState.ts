import { readdir, readFile } from 'node:fs/promises';

import { must, run } from './shell.ts';

/**
 * Everything on this machine that Nova could leave behind, as lines of text: links, addresses and rules of the
 * machine's own namespace and of the namespaces given, names of namespaces, mounts, cgroups in every hierarchy,
 * processes of the programs that Nova starts, forwarding, and files under the folders given.
 */
export async function hostState(where: { netns?: readonly string[]; folders?: readonly string[] } = {}): Promise<string[]> {
  const inNamespaces = [[], ...(where.netns ?? []).map((name) => ['nsenter', `--net=/run/netns/${name}`])];
  const parts = await Promise.all([
    ...inNamespaces.map((enter) => network(enter)),
    names('/run/netns', 'netns'),
    readFile('/proc/self/mountinfo', 'utf8').then((text) =>
      lines(text).map((line) => `mount ${line.split(' ').slice(4, 6).join(' ')}`),
    ),
    find('/sys/fs/cgroup', ['-type', 'd', '-path', '*/nova*'], 'cgroup'),
    processes(),
    find('/run/nova', [], 'file'),
    ...(where.folders ?? []).map((folder) => find(folder, [], 'file')),
  ]);
  return parts.flat().sort();
}

async function network(enter: readonly string[]): Promise<string[]> {
  const at = enter.join(' ');
  const links = JSON.parse(await must([...enter, 'ip', '-j', 'addr'])) as {
    ifname: string;
    mtu: number;
    addr_info: { local?: string; family?: string }[];
  }[];
  const rules = await must([...enter, 'nft', 'list', 'ruleset']);
  const forward = await must([...enter, 'cat', '/proc/sys/net/ipv4/ip_forward']);
  return [
    ...links.map((link) => {
      const addresses = link.addr_info.filter(({ family }) => family === 'inet').map(({ local }) => local);
      return `${at} link ${link.ifname} mtu ${link.mtu} ${addresses.join(' ')}`;
    }),
    ...lines(rules).map((line) => `${at} nft ${line}`),
    `${at} ip_forward ${forward.trim()}`,
  ];
}

async function names(folder: string, word: string): Promise<string[]> {
  const found = await readdir(folder).catch(() => []);
  return found.map((name) => `${word} ${name}`);
}

async function find(folder: string, expression: readonly string[], word: string): Promise<string[]> {
  const { stdout } = await run(['find', folder, ...expression]);
  return lines(stdout).map((path) => `${word} ${path}`);
}

const watched = /^(conmon|dnsmasq|runc|crun|ip|nft)$/;

async function processes(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      const name = /\((.*)\)/.exec(stat)?.[1] ?? '';
      const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
      return watched.test(name) && state !== 'Z' ? [`process ${name} ${pid}`] : [];
    }),
  );
  return found.flat();
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
