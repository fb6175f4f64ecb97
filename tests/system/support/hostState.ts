import { readdir, readFile } from 'node:fs/promises';

import { must, run } from './shell.ts';

/** Whose traces are looked for: whatever else goes on on this machine meanwhile does not count. */
export interface Whose {
  /** Words of which a trace bears one: the id of a scope, the name of a namespace, a folder. */
  readonly words: readonly string[];
  /** Namespaces whose links and rules are listed beside the machine's own. */
  readonly netns?: readonly string[];
  readonly folders?: readonly string[];
}

/**
 * Everything on this machine that Nova could leave behind, as lines of text: links, addresses, rules and forwarding of
 * the machine's own namespace and of those given, names of namespaces, mounts, cgroups in every hierarchy, processes,
 * and files.
 */
export async function hostState({ words, netns = [], folders = [] }: Whose): Promise<string[]> {
  const inNamespaces = [[], ...netns.map((name) => ['nsenter', `--net=/run/netns/${name}`])];
  const everywhere = await Promise.all([
    names('/run/netns', 'netns'),
    readFile('/proc/self/mountinfo', 'utf8').then((text) =>
      lines(text).map(
        (line) =>
          `mount ${line
            .split(' ')
            .slice(3, 6)
            .join(' ')
            .replace(/^net:\[\d+\]/, 'net')}`,
      ),
    ),
    find('/sys/fs/cgroup', ['-type', 'd', '-path', '*/nova*'], 'cgroup'),
    find('/run/nova', [], 'file'),
    processes(),
  ]);
  const parts = await Promise.all([
    ...inNamespaces.map((enter) => network(enter)),
    ...folders.map((folder) => find(folder, [], 'file')),
  ]);
  const ours = everywhere.flat().filter((line) => words.some((word) => line.includes(word)));
  return [...ours, ...parts.flat()].toSorted();
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

/** By command line and cgroup: a process that Nova started bears the scope in one of them. */
async function processes(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [argv = '', cgroup = ''] = await Promise.all(
        ['cmdline', 'cgroup'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
      );
      const words = argv.split('\0').filter(Boolean);
      // The restart program is the same one in the sources and as it is shipped.
      const said = words.join(' ').replace(/\S+\/reconcilers\/container\/restart\.[jt]s/, 'restart');
      return words.length === 0 ? [] : [`process ${said} in ${lines(cgroup).at(-1)}`];
    }),
  );
  return found.flat();
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
