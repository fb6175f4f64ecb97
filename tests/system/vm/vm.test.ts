import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { handsOn } from './hands.ts';
import { createLab, novaFile, type Lab } from './lab.ts';

let lab: Lab;
let before: string[];

beforeAll(async () => {
  lab = await createLab();
  before = await lab.world.state();
  await lab.world.write(novaFile(lab.guest));
});

afterAll(async () => lab.world[Symbol.asyncDispose]());

const hands = handsOn(() => lab);

describe('a machine, end to end', { timeout: 240_000 }, () => {
  it('is not made with a disk that is smaller than its image', async () => {
    const small = 'disk = { size = "4Mi" }\nmemory';
    const write = 'write disk = { size = "8Mi" } or more';
    await lab.world.write(novaFile(lab.guest).replace('memory', small));
    const planned = await lab.world.nova(['plan']);
    expect(planned.code).toBe(1);
    expect(planned.stdout).toContain('network.lan will be created');
    expect(planned.stdout).not.toContain('vm.box will be');
    expect(planned.stderr).toMatch(
      /NovaFile\.toml:\d+:17: .*its disk of 4Mi is smaller .*has 8Mi \[vm\.disk-size\]/,
    );
    expect(planned.stderr).toContain(write);
    expect(await lab.world.state()).toEqual(before);

    const declared =
      '[image.system]\nsource = "./other.raw"\n[vm.box]\nimage = "system"\nstate = "stopped"\n';
    await lab.world.write(`project = "demo"\n${declared}${small.replace('memory', '')}`);
    expect(await lab.world.novaMust(['plan'])).toContain('vm.box will be created');
    const applied = await lab.world.nova(['apply', '--yes']);
    expect([applied.code, applied.stderr]).toEqual([1, expect.stringContaining('[vm.disk-size]')]);
    expect(applied.stderr).toContain(write);
    expect([existsSync(lab.paths.disk), existsSync(lab.paths.diskMark)]).toEqual([false, false]);
    expect((await lab.world.nova(['plan'])).stderr).toContain('its image image.system, which has 8Mi');
    await lab.world.novaMust(['destroy', '--yes']);
    expect(await lab.world.state()).toEqual(before);
    await lab.world.write(novaFile(lab.guest));
  });

  it('is made, and found by its name', async () => {
    await lab.world.novaMust(['apply', '--yes']);
    expect(await lab.world.novaMust(['logs', 'visitor'])).toBe('hello from the machine\n');
    expect(await lab.console()).toContain('ready');
    const list = await lab.world.novaMust(['ls']);
    expect(list).toMatch(/vm\.box +running +192\.168\.77\.\d+, 1 cpu, 128Mi, (tcg|kvm)\n/);
  });

  it('asks for nothing when it is applied again, and is known without any state', async () => {
    const pid = await lab.pid();
    await rm(lab.world.stateDirectory, { recursive: true });
    const record = join(lab.world.folder, 'commands');
    const said = await lab.world.novaMust(['apply', '--yes'], { env: { NOVA_COMMAND_LOG: record } });
    expect(said).toContain('Nothing to do');
    expect(await readFile(record, 'utf8')).not.toContain('"effect":"change"');
    expect(await lab.pid()).toBe(pid);
  });

  it.each(hands)('$what: drift says so and apply repairs it', async ({ by, reported, restarts, says }) => {
    const pid = await lab.pid();
    await by();
    if (says !== undefined) expect(await lab.console()).toContain(says);
    const item = (await lab.world.drift()).find(({ address }) => address === 'vm.box');
    expect(item?.class).toBe(reported.class);
    if (reported.path !== undefined) expect(item?.fields.map(({ path }) => path)).toContain(reported.path);
    await lab.world.novaMust(['apply', '--yes']);
    expect(await lab.world.drift()).toEqual([]);
    expect((await lab.pid()) === pid ? 'goes on' : 'restarted').toBe(
      restarts === undefined ? 'goes on' : 'restarted',
    );
    expect(await lab.page()).toBe('hello from the machine\n');
  });

  it('leaves alone a TAP of its name that somebody else has made', async () => {
    await lab.world.inside(['ip', 'link', 'delete', lab.tap]);
    await lab.world.inside(['ip', 'tuntap', 'add', lab.tap, 'mode', 'tap']);
    expect(await lab.world.drift()).toMatchObject([{ address: 'vm.box', class: 'unmanaged' }]);
    const { code, stderr } = await lab.world.nova(['apply', '--yes']);
    expect(code).toBe(1);
    expect(stderr).toContain('[host.foreign]');
    await lab.world.inside(['ip', 'link', 'delete', lab.tap]);
    await lab.world.novaMust(['apply', '--yes']);
    expect(await lab.page()).toBe('hello from the machine\n');
  });

  it('is unknown while QEMU does not answer, and is not started twice', async () => {
    const pid = await lab.pid();
    const client = await lab.hold();
    try {
      expect((await lab.world.drift()).map((item) => [item.address, item.class])).toEqual([
        ['vm.box', 'unknown'],
      ]);
      const { code, stderr } = await lab.world.nova(['apply', '--yes']);
      expect(code).toBe(1);
      expect(stderr).toContain('host.unknown');
    } finally {
      client.close();
    }
    expect(await lab.pids()).toEqual([pid]);
    expect(await lab.world.drift()).toEqual([]);
  });

  it('grows its disk while it runs', async () => {
    const pid = await lab.pid();
    await lab.world.write(novaFile(lab.guest).replace('memory', 'disk = { size = "16Mi" }\nmemory'));
    expect(await lab.world.novaMust(['plan'])).toContain('live: nothing restarts');
    await lab.world.novaMust(['apply', '--yes']);
    expect(await lab.pid()).toBe(pid);
  });

  it('takes up another cpu count by a graceful restart, and keeps what is on its disk', async () => {
    await lab.world.write(novaFile(lab.guest).replace('memory', 'disk = { size = "16Mi" }\ncpu = 2\nmemory'));
    expect(await lab.world.novaMust(['plan'])).toContain('restarts it');
    await lab.world.novaMust(['apply', '--yes']);
    expect(Number(/this is start (\d+) on a disk of 32768/.exec(await lab.console())?.[1])).toBeGreaterThan(
      1,
    );
    expect(await lab.page()).toBe('hello from the machine\n');
  });

  it('does not make a lost disk anew in silence', async () => {
    const pid = await lab.pid();
    await rm(lab.paths.disk);
    for (const state of ['runs', 'does not run']) {
      const { code, stderr } = await lab.world.nova(['apply', '--yes']);
      expect([state, code]).toEqual([state, 1]);
      expect(stderr).toContain('vm.disk-missing');
      expect(stderr).toContain(`rm ${lab.paths.diskMark}`);
      expect(existsSync(lab.paths.disk)).toBe(false);
      if (state === 'runs') process.kill(pid, 'SIGKILL');
    }
    await rm(lab.paths.diskMark);
    await lab.world.novaMust(['apply', '--yes']);
    expect(await lab.console()).toContain('this is start 1 ');
  });

  it('says that another image loses what is on the disk', async () => {
    await lab.world.write(novaFile(lab.guest).replace('empty, 1.raw', 'other.raw'));
    const plan = await lab.world.novaMust(['plan']);
    expect(plan).toContain('vm.box will be replaced, and its data is lost');
    await lab.world.novaMust(['apply', '--yes']);
    expect(await lab.world.drift()).toEqual([]);
  });

  it('is destroyed without a trace, even when it does not answer', async () => {
    process.kill(await lab.pid(), 'SIGSTOP');
    await lab.world.novaMust(['destroy', '--yes']);
    expect(await lab.world.state()).toEqual(before);
  });
});
