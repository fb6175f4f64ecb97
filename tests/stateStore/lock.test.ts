import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';

import { acquireLock, type LockOwner } from '../../stateStore/lock.ts';
import { childProgram, temporaryFolder } from './temporary.ts';

const owner: LockOwner = { pid: process.pid, command: 'nova apply', since: Date.UTC(2026, 0, 31, 12) };

function start(program: string, ...argv: string[]): ChildProcess {
  const child = spawn(process.execPath, [childProgram(program), ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  return child;
}

async function startHolder(path: string): Promise<ChildProcess> {
  const child = start('holder.ts', path);
  if (child.stdout === null) throw new Error('the child has no standard output');
  await once(child.stdout, 'data');
  return child;
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => expect.unreachable('the lock was free'),
    (thrown: unknown) => thrown,
  );
}

describe('acquireLock', () => {
  it('makes its folder, keeps its file to itself and leaves nothing behind', async () => {
    const folder = join(temporaryFolder(), 'locks');
    const path = join(folder, 'demo');
    const lock = await acquireLock({ path, owner, timeout: 0 });
    expect(readdirSync(folder)).toEqual(['demo']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    lock.release();
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('lets one process at a time in', { timeout: 120_000 }, async () => {
    const folder = temporaryFolder();
    const counter = join(folder, 'counter');
    writeFileSync(counter, '0');
    const children = [1, 2, 3, 4].map(() => start('counter.ts', join(folder, 'lock'), counter, '25'));
    const codes = await Promise.all(children.map(async (child) => await once(child, 'close')));
    expect(codes).toEqual([1, 2, 3, 4].map(() => [0, null]));
    expect(readFileSync(counter, 'utf8')).toBe('100');
    expect(readdirSync(folder)).toEqual(['counter']);
  });

  it('is free again when its owner is killed', { timeout: 30_000 }, async () => {
    const path = join(temporaryFolder(), 'lock');
    const child = await startHolder(path);
    await expect(acquireLock({ path, owner, timeout: 0 })).rejects.toMatchObject({ code: 'state.locked' });
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(existsSync(path)).toBe(true);
    const lock = await acquireLock({ path, owner, timeout: 0 });
    lock.release();
    expect(existsSync(path)).toBe(false);
  });

  it('goes to the one who waits', { timeout: 30_000 }, async () => {
    const path = join(temporaryFolder(), 'lock');
    const child = await startHolder(path);
    const told: (LockOwner | undefined)[] = [];
    const waiting = acquireLock({
      path,
      owner,
      timeout: 20_000,
      onWait: (holder) => {
        told.push(holder);
        child.kill('SIGKILL');
      },
    });
    (await waiting).release();
    expect(told).toMatchObject([{ pid: child.pid, command: "nova apply it's.toml", host: 'alpha' }]);
  });

  it('names its owner and since when, and what to do', { timeout: 30_000 }, async () => {
    const path = join(temporaryFolder(), 'lock');
    const child = await startHolder(path);
    const failure = await failureOf(acquireLock({ path, owner, timeout: 120 }));
    expect(failure).toMatchObject({
      code: 'state.locked',
      message: `another run has the lock ${path}: pid ${child.pid} (nova apply it's.toml) on alpha since 2026-01-31 12:30:00 UTC`,
      hint: expect.stringContaining('--lock-timeout'),
    });
  });

  it('says that its owner is stopped, and how it goes on', { timeout: 30_000 }, async () => {
    const path = join(temporaryFolder(), 'lock');
    const child = await startHolder(path);
    child.kill('SIGSTOP');
    const failure = await failureOf(acquireLock({ path, owner, timeout: 0 }));
    expect(failure).toMatchObject({
      code: 'state.locked',
      message: expect.stringContaining(`which is stopped and goes on with: kill -CONT ${child.pid}`),
    });
  });

  it('finds out who holds it when the owner does not say', async () => {
    const path = join(temporaryFolder(), 'lock');
    const foreign = new DatabaseSync(path);
    foreign.exec('begin exclusive');
    const failure = await failureOf(acquireLock({ path, owner, timeout: 0 }));
    expect(failure).toMatchObject({
      code: 'state.locked',
      message: expect.stringContaining(`pid ${process.pid} (`),
    });
    foreign.close();
  });

  it('excludes a second taker in the same process too', async () => {
    const path = join(temporaryFolder(), 'lock');
    const lock = await acquireLock({ path, owner, timeout: 0 });
    await expect(acquireLock({ path, owner, timeout: 0 })).rejects.toMatchObject({ code: 'state.locked' });
    lock.release();
    (await acquireLock({ path, owner, timeout: 0 })).release();
  });

  it("leaves another's file alone when its own was taken away by hand", async () => {
    const path = join(temporaryFolder(), 'lock');
    const first = await acquireLock({ path, owner, timeout: 0 });
    rmSync(path);
    const second = await acquireLock({ path, owner, timeout: 0 });
    first.release();
    await expect(acquireLock({ path, owner, timeout: 0 })).rejects.toMatchObject({ code: 'state.locked' });
    second.release();
  });

  it('stops waiting when it is interrupted', { timeout: 30_000 }, async () => {
    const path = join(temporaryFolder(), 'lock');
    const lock = await acquireLock({ path, owner, timeout: 0 });
    const controller = new AbortController();
    const waiting = acquireLock({
      path,
      owner,
      timeout: 20_000,
      signal: controller.signal,
      onWait: () => controller.abort(),
    });
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
    lock.release();
  });

  it.each([
    {
      reason: 'a file that is no lock',
      code: 'state.damaged',
      make: (path: string) => writeFileSync(path, 'x'.repeat(4096)),
    },
    { reason: 'a folder', code: 'state.unwritable', make: (path: string) => mkdirSync(path) },
  ])('refuses $reason', async ({ code, make }) => {
    const path = join(temporaryFolder(), 'lock');
    make(path);
    await expect(acquireLock({ path, owner, timeout: 0 })).rejects.toMatchObject({ code });
    expect(existsSync(path)).toBe(true);
  });
});
