import { spawn } from 'node:child_process';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createRepository, type Repository } from '../../controller/sources/repository.ts';
import { remembered, type RunningController, startController, until } from '../support/controller.ts';
import { run } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';

const lan = (name: string, net: number): string => `[network.${name}]\nsubnet = "192.168.${net}.1/24"\n`;
const file = (...parts: readonly string[]): string => ['project = "told"\n', ...parts].join('');

describe('nova hook install', () => {
  let world: World;
  let repository: Repository;
  let running: RunningController;
  beforeAll(async () => {
    world = await createWorld();
    repository = createRepository();
    repository.push({ 'NovaFile.toml': file(lan('lan', 84)) });
    const repo = ['--repo', repository.bare, '--name', 'lab', '--interval', '1h'];
    running = startController(world, ['controller', '--json', ...repo]);
    await until('as declared', () => remembered(world).ready('lab') === 'true Converged');
  });
  afterAll(async () => {
    await running.stop();
    await world.write(file());
    repository[Symbol.dispose]();
    await world[Symbol.asyncDispose]();
  });

  it('has a push applied at once, by the controller of the state folder', async () => {
    await world.novaMust(['hook', 'install', repository.bare, 'lab']);
    const commit = repository.push({ 'NovaFile.toml': file(lan('lan', 84), lan('more', 85)) });
    await until(
      'the commit is good',
      () => remembered(world).source('lab')?.goodRevision === `main@${commit}`,
    );
    expect(await world.inside(['ip', '-br', 'link', 'show', 'more'])).toContain('more');
  });

  it('leaves a hook of somebody else alone', async () => {
    await using other = await otherRepository();
    await run(['sh', '-c', `echo '#!/bin/sh' > ${other.bare}/hooks/post-receive`]);
    const { code, stderr } = await world.nova(['hook', 'install', other.bare, 'lab']);
    expect(code).toBe(1);
    expect(stderr).toContain('not ours');
  });

  it('lets a push succeed when no controller runs', async () => {
    await running.stop();
    const commit = repository.push({ other: '' });
    const repo = ['--repo', repository.bare, '--name', 'lab', '--interval', '1h'];
    running = startController(world, ['controller', '--json', ...repo]);
    await until(
      'the commit is good',
      () => remembered(world).source('lab')?.goodRevision === `main@${commit}`,
    );
  });

  it('is seen by nova status and nova events, and what waits is approved', async () => {
    await expect.poll(async () => (await world.nova(['status'])).stdout).toContain('ready');
    repository.push({ 'NovaFile.toml': file(lan('lan', 84)) });
    await until('it waits', () => remembered(world).ready('lab') === 'false approval.needed');
    const waiting = await world.nova(['status']);
    expect(waiting.code).toBe(1);
    expect(waiting.stdout).toContain('network.more');
    expect(await world.novaMust(['approve', 'lab'])).toContain('network.more');
    await until('it was done', () => remembered(world).ready('lab') === 'true Converged');
    expect(await world.novaMust(['events'])).toMatch(/lab network\.more Deleted/);
  });

  it('keeps nova apply of another file away', async () => {
    await world.write(file(lan('other', 86)));
    const { code, stdout, stderr } = await world.nova(['apply', '--yes']);
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('a controller keeps told');
  });
});

async function otherRepository(): Promise<Repository & AsyncDisposable> {
  const repository = createRepository();
  return { ...repository, [Symbol.asyncDispose]: async () => repository[Symbol.dispose]() };
}

describe('nova apply, where a controller owns the project', () => {
  it('shows the plan, and has it done by the controller, but for a part of it', async () => {
    await using world = await createWorld();
    await world.write(file(lan('lan', 87)));
    await using running = startController(world, ['watch', '--json', '--name', 'lab']);
    await until('as declared', () => remembered(world).ready('lab') === 'true Converged');
    await world.novaMust(['suspend', 'lab']);
    await world.write(file(lan('new', 88)));
    await world.novaMust(['resume', 'lab']);
    const { code, stdout, stderr } = await world.nova(['apply', '--yes']);
    expect(code, stdout + stderr + running.output()).toBe(0);
    expect(stdout).toContain('Applied by the controller: everything is as declared.');
    expect(await world.inside(['ip', '-br', 'link', 'show', 'new'])).toContain('new');
    await world.novaMust(['suspend', 'lab']);
    await world.inside(['ip', 'link', 'set', 'new', 'mtu', '1280']);
    const part = await world.novaMust(['apply', '--yes', '--target', 'network.new']);
    expect(part, 'a part of it is done by the command itself').toContain('Apply: 1 of 1 applied.');
  });

  it('agrees to the plan that was shown and to no other', async () => {
    await using world = await createWorld();
    await world.write(file(lan('lan', 89), lan('old', 90)));
    await using _running = startController(world, ['watch', '--json', '--name', 'lab']);
    await until('as declared', () => remembered(world).ready('lab') === 'true Converged');
    await world.write(file(lan('lan', 89)));
    const waitsWith = (address: string) => (): boolean =>
      remembered(world)
        .conditions('lab')
        .some(
          ({ type, reason, message }) =>
            type === 'Ready' && reason === 'approval.needed' && message.includes(address),
        );
    await until('it waits', waitsWith('network.old'));
    const asked = onTerminal(world.command(['apply']));
    await until('it asks', () => asked.output().includes('Only `yes` is taken as a yes'));
    expect(asked.output()).toContain('Plan: 0 to add, 0 to change, 1 to destroy.');
    await world.write(file(lan('other', 91)));
    await until('it waits with another plan', waitsWith('network.lan'));
    asked.answer('yes');
    expect(await asked.ended, asked.output()).toBe(1);
    expect(asked.output()).toMatch(/error: the plan is [0-9a-f]+ now.*\[plan\.stale\]/);
    const links = async () =>
      (await world.inside(['ip', '-br', 'link'])).match(/^(lan|old|other)\b/gm)?.toSorted();
    expect(await links()).toEqual(['lan', 'old']);
    const { code, stdout, stderr } = await world.nova(['apply', '--yes']);
    expect(code, stdout + stderr).toBe(0);
    expect(await links()).toEqual(['other']);
  });
});

/** A command on a terminal, and what it shows. */
function onTerminal(argv: readonly string[]) {
  const command = argv.map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  return {
    output: () => printed,
    answer: (words: string) => void child.stdin.write(`${words}\n`),
    ended: new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1))),
  };
}
