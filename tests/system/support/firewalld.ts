import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { vi } from 'vitest';

import { must, run } from './shell.ts';

/** The real firewalld, at work in one network namespace, with a bus of its own. */
export interface Firewalld extends AsyncDisposable {
  /** With a PATH on which its `firewall-cmd` is. */
  readonly env: Readonly<Record<string, string>>;
  /** `firewall-cmd`; it must work. */
  cmd(...argv: readonly string[]): Promise<string>;
}

/** It is never installed, as it would take over the machine: Debian's packages are only unpacked. */
const packages = ['firewalld', 'python3-firewall', 'python3-nftables'];
const cache = '/var/cache/nova-test';

export async function startFirewalld(netns: string): Promise<Firewalld> {
  const root = await unpacked();
  const folder = mkdtempSync(join(tmpdir(), 'nova-test-'));
  const bin = join(folder, 'bin');
  const address = `unix:path=${folder}/bus`;
  cpSync(join(root, 'etc/firewalld'), join(folder, 'etc'), { recursive: true });
  mkdirSync(bin);
  const env = {
    DBUS_SYSTEM_BUS_ADDRESS: address,
    PYTHONPATH: join(root, 'usr/lib/python3/dist-packages'),
    PATH: `${bin}:${process.env['PATH']}`,
  };
  const python = ['/usr/bin/python3', '-B'];
  const client = [...python, join(root, 'usr/bin/firewall-cmd')];
  // Whoever starts it gives it an environment of its own.
  const told = `DBUS_SYSTEM_BUS_ADDRESS='${address}' PYTHONPATH='${env.PYTHONPATH}'`;
  writeFileSync(join(bin, 'firewall-cmd'), `#!/bin/sh\n${told} exec ${client.join(' ')} "$@"\n`, {
    mode: 0o755,
  });
  writeFileSync(join(folder, 'bus.conf'), busConfiguration(address));
  const started: ChildProcess[] = [];
  const start = (...argv: readonly string[]): void => {
    const enter = [`--net=/run/netns/${netns}`, ...argv];
    started.push(spawn('nsenter', enter, { env: { ...process.env, ...env }, stdio: 'ignore' }));
  };
  const end = async () => {
    for (const child of started.toReversed()) {
      const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true });
  };
  try {
    start('dbus-daemon', '--nofork', '--nopidfile', `--config-file=${folder}/bus.conf`);
    await vi.waitUntil(() => existsSync(join(folder, 'bus')), patience);
    start(
      // It would leave a folder in /run.
      ...['unshare', '--mount', 'sh', '-ec', 'mount -t tmpfs none /run; exec "$@"', 'sh'],
      ...python,
      join(root, 'usr/sbin/firewalld'),
      ...['--nofork', '--nopid', `--log-file=${folder}/log`, `--system-config=${folder}/etc`],
      `--default-config=${join(root, 'usr/lib/firewalld')}`,
    );
    await vi.waitUntil(async () => (await run([...client, '--state'], { env })).code === 0, patience);
  } catch (error) {
    await end();
    throw error;
  }
  return {
    env,
    cmd: (...argv) => must([...client, ...argv], { env }),
    [Symbol.asyncDispose]: end,
  };
}

const patience = { timeout: 60_000, interval: 100 };

async function unpacked(): Promise<string> {
  const root = join(cache, 'firewalld');
  if (existsSync(root)) return root;
  const unfinished = join(cache, `firewalld-${process.pid}`);
  mkdirSync(unfinished, { recursive: true });
  const fetch = () => run(['apt-get', 'download', '-qq', ...packages], { cwd: unfinished });
  if ((await fetch()).code !== 0) {
    await must(['apt-get', 'update', '-qq']);
    await must(['apt-get', 'download', '-qq', ...packages], { cwd: unfinished });
  }
  for (const archive of readdirSync(unfinished).filter((name) => name.endsWith('.deb')))
    await must(['dpkg-deb', '-x', archive, 'root'], { cwd: unfinished });
  renameSync(join(unfinished, 'root'), root);
  rmSync(unfinished, { recursive: true });
  return root;
}

/** Whoever comes may do everything: nobody else knows of it. */
function busConfiguration(address: string): string {
  const allowed = ['user="*"', 'own="*"', 'send_destination="*"', 'receive_sender="*"'];
  return `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>${address}</listen>
  <policy context="default">${allowed.map((what) => `<allow ${what}/>`).join('')}</policy>
</busconfig>
`;
}
