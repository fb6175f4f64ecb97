import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Before and after all tests: what is on the machine must be what it was. Only `npm test` asks for it: somebody else may
 * be at work on the machine while single tests are run.
 */
const asked = process.env['NOVA_LEAK_CHECK'] !== undefined;
const before = new Set<string>();

export function setup(): void {
  if (asked) for (const trace of traces()) before.add(trace);
}

/** Fails the run when something is left. */
export async function teardown(): Promise<void> {
  if (!asked) return;
  // What is being ended takes a moment to go.
  for (let attempt = 0; attempt < 30 && newTraces().length > 0; attempt += 1) await sleep(100);
  const left = newTraces();
  if (left.length === 0) return;
  process.stderr.write(['The tests left something behind:', ...left, ''].join('\n  '));
  process.exitCode = 1;
}

function newTraces(): string[] {
  return traces().filter((trace) => !before.has(trace));
}

function traces(): string[] {
  return [
    ...namesIn('/run/netns').map((name) => `network namespace ${name}`),
    ...mounts().map((target) => `mount ${target}`),
    ...cgroups().map((path) => `cgroup ${path}`),
    ...processes(),
    ...treeOf('/run/nova').map((path) => `file ${path}`),
    ...links().map((name) => `link ${name}`),
  ];
}

function mounts(): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((target) => target.startsWith('/run/nova') || target.startsWith('/tmp/nova-'));
}

/** Nova's cgroups in the unified hierarchy, wherever it is mounted, and in each of the old ones. */
function cgroups(): string[] {
  const root = '/sys/fs/cgroup';
  const hierarchies = [root, ...namesIn(root).map((name) => join(root, name))];
  return hierarchies.flatMap((hierarchy) => foldersIn(join(hierarchy, 'nova')));
}

function processes(): string[] {
  return namesIn('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const argv = argvOf(pid);
      const program = argv[0]?.split('/').at(-1) ?? '';
      if (!['conmon', 'dnsmasq', 'runc', 'crun', 'qemu-system-x86_64'].includes(program)) return [];
      return argv.some((word) => word.includes('nova')) ? [`process ${pid}: ${argv.join(' ')}`] : [];
    });
}

function argvOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function links(): string[] {
  return readFileSync('/proc/self/net/dev', 'utf8')
    .split('\n')
    .slice(2)
    .map((line) => line.split(':')[0]?.trim() ?? '')
    .filter((name) => name !== '');
}

function foldersIn(path: string): string[] {
  try {
    const inner = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [path, ...inner.flatMap((entry) => foldersIn(join(path, entry.name)))];
  } catch {
    return [];
  }
}

function treeOf(path: string): string[] {
  try {
    return readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => join(path, name));
  } catch {
    return [];
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
