import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { unifiedFolder } from '../../../reconcilers/host/cgroupTree.ts';
import { recordToFile } from '../../../reconcilers/host/commandRecord.ts';
import { createCommandRunner } from '../../../reconcilers/host/commandRunner.ts';
import { emptyWork } from '../../../reconcilers/host/recovery.ts';
import { workCgroupOf, workFolderOf, workWrapper } from '../../../reconcilers/host/workCgroup.ts';
import { cgroupsOf, makeMachine } from './machine.ts';

/** Each change by a process of its own, and by a shell that stays. */
const ways = ['each by itself', 'by a shell that stays'] as const;

function runnerOn(machine: ReturnType<typeof makeMachine>, way: (typeof ways)[number]) {
  const folder = way === 'each by itself' ? undefined : workFolderOf(machine.scope, 'demo');
  return createCommandRunner(workCgroupOf(machine.scope, 'demo'), () => undefined, folder);
}

describe.each(ways)('createCommandRunner, %s', (way) => {
  it('runs a change in the work cgroup with its input, and a reading command where Nova is', async () => {
    await using machine = makeMachine({ namespace: false });
    const cgroup = workCgroupOf(machine.scope, 'demo');
    const runner = runnerOn(machine, way);
    const script = 'grep ^0:: /proc/self/cgroup; cat /dev/stdin; echo "$PWD$HOME$LC_ALL"';
    const said = await runner.run({ argv: ['sh', '-c', script], effect: 'change', input: 'hello\n' });
    expect(said).toBe(`0::${cgroup}\nhello\n${process.cwd()}C\n`);
    expect(await runner.run({ argv: ['cat', '/proc/self/cgroup'], effect: 'read' })).not.toContain(
      machine.scope.id,
    );
  });

  it('hands over arguments as they are', async () => {
    await using machine = makeMachine({ namespace: false });
    const runner = runnerOn(machine, way);
    const words = [
      'a b',
      '$(touch /tmp/nova-injected)',
      '; exit 1',
      "'",
      '"',
      '-n',
      '\\',
      '',
      'ü\n`x`',
      '*',
      '~',
      '!',
    ];
    expect(await runner.run({ argv: ['printf', '%s|', ...words], effect: 'change' })).toBe(
      `${words.join('|')}|`,
    );
    expect(existsSync('/tmp/nova-injected')).toBe(false);
  });

  it.each([
    {
      reason: 'it says why',
      argv: ['sh', '-c', 'echo "  no such luck" >&2; exit 3'],
      code: 'host.command',
      message: /no such luck$/,
    },
    { reason: 'it says nothing', argv: ['false'], code: 'host.command', message: /exit status 1$/ },
    {
      reason: 'the disk is full',
      argv: ['sh', '-c', 'echo "x: No space left on device" >&2; exit 1'],
      code: 'host.full',
      message: /No space/,
    },
    {
      reason: 'it may not',
      argv: ['sh', '-c', 'echo "Operation not permitted" >&2; exit 1'],
      code: 'host.permission',
      message: /permitted/,
    },
    {
      reason: 'it is not installed',
      argv: ['no-such-tool-at-all'],
      code: 'capability.missing',
      message: /no-such-tool-at-all/,
    },
    { reason: 'it takes too long', argv: ['sleep', '60'], code: 'host.timeout', message: /0.3 s/ },
  ])('fails with $code when $reason', async ({ argv, code, message }) => {
    await using machine = makeMachine({ namespace: false });
    const runner = runnerOn(machine, way);
    for (const effect of ['read', 'change'] as const) {
      const running = runner.run({ argv, effect, timeout: code === 'host.timeout' ? 300 : 60_000 });
      await expect(running).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
        hint: expect.any(String),
      });
    }
  });

  it('ends a command when it is told to', async () => {
    await using machine = makeMachine({ namespace: false });
    const runner = runnerOn(machine, way);
    const abort = new AbortController();
    const running = runner.run({ argv: ['sleep', '60'], effect: 'change', signal: abort.signal });
    abort.abort();
    await expect(running).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('runs several at once, each with its own words and status', async () => {
    await using machine = makeMachine({ namespace: false });
    const runner = runnerOn(machine, way);
    const argv = (n: number) => [
      'sh',
      '-c',
      `read -r word; sleep 0.${9 - n}; echo "$word"; echo ${n} >&2; exit ${n}`,
    ];
    const running = Array.from({ length: 9 }, (_, n) =>
      runner.finish({ argv: argv(n), effect: 'change', input: `word ${n}\n` }),
    );
    expect(await Promise.all(running)).toEqual(
      running.map((_, n) => ({ code: n, stdout: `word ${n}\n`, stderr: `${n}\n`, timedOut: false })),
    );
  });

  it('tells of one that was ended by somebody else, and goes on', async () => {
    await using machine = makeMachine({ namespace: false });
    const runner = runnerOn(machine, way);
    const ended = await runner.finish({ argv: ['sh', '-c', 'echo begun; kill -9 $$'], effect: 'change' });
    expect(ended).toMatchObject({ code: -1, stdout: 'begun\n' });
    const cut = runner.finish({ argv: ['sleep', '60'], effect: 'change' });
    const members = `${unifiedFolder(workCgroupOf(machine.scope, 'demo'))}/cgroup.procs`;
    await expect.poll(() => existsSync(members) && readFileSync(members, 'utf8')).toMatch(/\d/);
    await emptyWork(machine.scope, 'demo');
    expect((await cut).code).toBe(-1);
    expect(await runner.run({ argv: ['echo', 'again'], effect: 'change' })).toBe('again\n');
  });

  it('refuses to change anything where nothing is to be changed', async () => {
    const running = createCommandRunner(undefined, () => undefined).run({ argv: ['true'], effect: 'change' });
    await expect(running).rejects.toMatchObject({ code: 'internal' });
  });
});

describe('a shell that stays', () => {
  it('finishes what is in hand when a terminal sends its Ctrl-C to all', async () => {
    await using machine = makeMachine({ namespace: false });
    const runner = runnerOn(machine, 'by a shell that stays');
    const running = runner.run({ argv: ['sh', '-c', 'sleep 0.5; echo done'], effect: 'change' });
    const members = `${unifiedFolder(workCgroupOf(machine.scope, 'demo'))}/cgroup.procs`;
    await expect.poll(() => readFileSync(members, 'utf8').split('\n').length).toBeGreaterThan(3);
    for (const pid of readFileSync(members, 'utf8').split('\n').filter(Boolean))
      process.kill(Number(pid), 'SIGINT');
    expect(await running).toBe('done\n');
    expect(await runner.run({ argv: ['echo', 'again'], effect: 'change' })).toBe('again\n');
  });
});

describe('recordToFile', () => {
  it('appends a line for each command, without its input', async () => {
    await using machine = makeMachine({ namespace: false });
    const log = `${machine.folder}/commands`;
    process.env['NOVA_COMMAND_LOG'] = log;
    try {
      recordToFile({ effect: 'read', argv: ['ip', '-j'], at: 1 });
      recordToFile({ effect: 'change', argv: ['nft', '-f', '-'], at: 2 });
    } finally {
      delete process.env['NOVA_COMMAND_LOG'];
    }
    expect(readFileSync(log, 'utf8')).toBe(
      '{"effect":"read","argv":["ip","-j"],"at":1}\n{"effect":"change","argv":["nft","-f","-"],"at":2}\n',
    );
  });
});

describe('workWrapper', () => {
  it('begins nothing when the process that asked for it is not there any more', async () => {
    await using machine = makeMachine({ namespace: false });
    const cgroup = workCgroupOf(machine.scope, 'demo');
    const witness = join(machine.folder, 'witness');
    const [program, ...args] = [...workWrapper(cgroup), 'touch', witness];
    expect(spawnSync(program ?? '', args).status).toBe(0);
    expect(existsSync(witness)).toBe(true);
    rmSync(witness);
    // A shell in between stands for whoever inherits the children of the dead.
    spawnSync('sh', ['-c', '"$@"; true', 'sh', program ?? '', ...args]);
    expect(existsSync(witness)).toBe(false);
    await emptyWork(machine.scope, 'demo');
  });
});

describe('emptyWork', () => {
  it('ends what a killed run left at work and takes its cgroup away', async () => {
    await using machine = makeMachine({ namespace: false });
    const runner = createCommandRunner(workCgroupOf(machine.scope, 'demo'), () => undefined);
    const orphan = runner.finish({ argv: ['sh', '-c', 'trap "" TERM; sleep 60 & wait'], effect: 'change' });
    const members = `${unifiedFolder(workCgroupOf(machine.scope, 'demo'))}/cgroup.procs`;
    await expect.poll(() => existsSync(members) && readFileSync(members, 'utf8')).toMatch(/\d/);
    await emptyWork(machine.scope, 'demo');
    expect((await orphan).code).not.toBe(0);
    expect(cgroupsOf(machine.scope)).toEqual([]);
    await emptyWork(machine.scope, 'demo');
  });
});
