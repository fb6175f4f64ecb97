import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { emptyWork } from '../../../reconcilers/host/recovery.ts';
import { cgroupsOf, makeMachine, never, sh } from './machine.ts';

describe('processes', () => {
  it('starts a daemon that keeps its output open, in a session of its own', async () => {
    await using machine = makeMachine();
    const cgroup = `/nova/${machine.scope.id}/daemon`;
    const argv = ['sh', '-c', 'sleep 60 & exit 0'];
    await machine.host.processes.daemon({ argv, cgroup, inNamespace: true });
    const inIt = async () =>
      [...(await machine.host.view().processes()).values()].filter((each) => each.cgroup === cgroup);
    const netns = await machine.host.view().namespace();
    // It is still a copy of the shell for a moment.
    await expect.poll(inIt, { timeout: 60_000 }).toMatchObject([{ argv: ['sleep', '60'], netns }]);
    const [found] = await inIt();
    expect(sessionOf(found?.pid ?? 0)).not.toBe(sessionOf(process.pid));
    await machine.host.cgroups.kill(cgroup, never);
    expect(await inIt()).toEqual([]);
    await machine.host.cgroups.remove(cgroup);
    // The shell that started it stays for the next command, until nobody is at work any more.
    await machine.host.close();
    await emptyWork(machine.scope, 'demo');
    expect(cgroupsOf(machine.scope)).toEqual([]);
  });

  it('rejects with what a daemon said when it does not start', async () => {
    await using machine = makeMachine();
    const cgroup = `/nova/${machine.scope.id}/daemon`;
    const argv = ['dnsmasq', '--no-such-option'];
    const starting = machine.host.processes.daemon({ argv, cgroup, inNamespace: true });
    await expect(starting).rejects.toMatchObject({
      code: 'host.command',
      message: expect.stringContaining('bad command line'),
    });
    await machine.host.cgroups.remove(cgroup);
  });
});

describe('cgroups', () => {
  it('ends what is frozen, in every hierarchy', async () => {
    await using machine = makeMachine({ namespace: false });
    const path = `/nova/${machine.scope.id}/frozen`;
    const unified = existsSync('/sys/fs/cgroup/unified') ? '/sys/fs/cgroup/unified' : '/sys/fs/cgroup';
    const freezer = existsSync('/sys/fs/cgroup/freezer') ? '/sys/fs/cgroup/freezer' : undefined;
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    try {
      for (const root of [unified, ...(freezer === undefined ? [] : [freezer])]) {
        sh(`mkdir -p ${root}${path}/inner && echo ${child.pid} > ${root}${path}/inner/cgroup.procs`);
      }
      if (freezer === undefined) writeFileSync(`${unified}${path}/cgroup.freeze`, '1');
      else writeFileSync(`${freezer}${path}/freezer.state`, 'FROZEN');
      expect(await machine.host.view().cgroup(`${path}/inner`)).toMatchObject({ frozen: true });
      await machine.host.cgroups.kill(path, never);
      await machine.host.cgroups.remove(path);
      expect(cgroupsOf(machine.scope)).toEqual([]);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('refuses to touch what is not Nova’s', async () => {
    await using machine = makeMachine({ namespace: false });
    for (const path of ['/', '/system.slice', '/nova', '/nova/../init.scope', 'nova/x']) {
      await expect(machine.host.cgroups.remove(path)).rejects.toMatchObject({ code: 'internal' });
      await expect(machine.host.cgroups.kill(path, never)).rejects.toMatchObject({ code: 'internal' });
    }
  });
});

describe('probe', () => {
  it('asks tcp and http in the namespace of the scope', async () => {
    await using machine = makeMachine();
    const { probe } = machine.host;
    const script = `
      const server = require("node:http").createServer((ask, answer) => { answer.statusCode = Number(ask.url.slice(1)); answer.end(); });
      server.listen(8080, "127.0.0.1", () => process.stdout.write("up"));`;
    const args = [`--net=/run/netns/${machine.scope.namespace}`, process.execPath, '-e', script];
    const server = spawn('nsenter', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      await new Promise((resolve) => server.stdout.once('data', resolve));
      expect(await probe.tcp('127.0.0.1', 8080, 3_000, never)).toBeUndefined();
      expect(await probe.tcp('127.0.0.1', 8081, 3_000, never)).toMatch(/ECONNREFUSED/);
      expect(await probe.tcp('10.255.255.1', 80, 300, never)).toMatch(/UNREACH|no answer/);
      expect(await probe.http('http://127.0.0.1:8080/204', 3_000, never)).toBeUndefined();
      expect(await probe.http('http://127.0.0.1:8080/302', 3_000, never)).toBeUndefined();
      expect(await probe.http('http://127.0.0.1:8080/503', 3_000, never)).toBe('HTTP status 503');
      expect(machine.commands.every((command) => command.effect === 'read')).toBe(true);
    } finally {
      server.kill('SIGKILL');
    }
  });
});

/** Field 6 of proc_pid_stat(5). */
function sessionOf(pid: number): string | undefined {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[3];
}
