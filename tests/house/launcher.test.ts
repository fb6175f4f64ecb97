import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';

const repository = join(import.meta.dirname, '../..');

/** What stands in for Nova: it says how it was started. */
const standIn = `
const [first] = process.argv.slice(2);
if (first === 'status') process.exit(3);
if (first === 'die') process.kill(process.pid, 'SIGKILL');
if (first === 'wait') {
  let times = 0;
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => {
      times += 1;
      setTimeout(() => { console.log(signal + ' ' + times); process.exit(5); }, 300);
    });
  }
  setInterval(() => undefined, 1000);
  console.log('ready');
} else {
  console.log(JSON.stringify({
    program: import.meta.filename,
    argv: process.argv.slice(2),
    node: process.versions.node,
    pid: process.pid,
    cwd: process.cwd(),
    env: process.env,
  }));
}
`;

const saidSchema = z.object({
  program: z.string(),
  argv: z.array(z.string()),
  node: z.string(),
  pid: z.number(),
  cwd: z.string(),
  env: z.record(z.string(), z.string()),
});

interface House {
  /** What contains everything. */
  readonly folder: string;
  readonly root: string;
  readonly launcher: string;
  /** A module that makes this Node pass for an old one. */
  readonly old: string;
}

/** A copy of the launcher in a package of its own, at `at` in a temporary folder. */
function house(at: string, programs: readonly string[]): House {
  const folder = realpathSync(mkdtempSync('/tmp/nova-launcher-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const root = join(folder, at);
  cpSync(join(repository, 'controller/bin'), join(root, 'controller/bin'), { recursive: true });
  write(join(root, 'package.json'), JSON.stringify({ name: 'nova-host', type: 'module' }));
  for (const program of programs) write(join(root, program), standIn);
  const old = join(folder, 'old.mjs');
  write(
    old,
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } });",
  );
  return { folder, root, launcher: join(root, 'controller/bin/nova.js'), old };
}

const compiled = 'dist/controller/cli.js';
const source = 'controller/cli.ts';

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** The package that brings Node along, as npm would have put it into a node_modules. */
function bringNode(modules: string, version = process.versions.node): void {
  const name = `node-linux-${process.arch}`;
  write(join(modules, name, 'package.json'), JSON.stringify({ name, version }));
  mkdirSync(join(modules, name, 'bin'));
  symlinkSync(process.execPath, join(modules, name, 'bin/node'));
}

interface Start {
  readonly argv?: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

function startNew(path: string, { argv = [], ...options }: Start = {}): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [path, ...argv], { encoding: 'utf8', env: { PATH: '' }, ...options });
}

function startOld(
  { old }: House,
  path: string,
  { argv = [], ...options }: Start = {},
): SpawnSyncReturns<string> {
  const words = ['--import', old, path, ...argv];
  return spawnSync(process.execPath, words, { encoding: 'utf8', env: { PATH: '' }, ...options });
}

function saidBy({ stdout, stderr }: SpawnSyncReturns<string>): z.infer<typeof saidSchema> {
  expect(stderr).toBe('');
  return saidSchema.parse(JSON.parse(stdout));
}

describe('the launcher under a Node that is new enough', () => {
  it('runs the compiled program of an installed package, in this very process', () => {
    const { root, launcher } = house('app/node_modules/nova-host', [compiled]);
    const result = startNew(launcher, { argv: ['plan', '--json', 'a b'] });
    expect(saidBy(result)).toMatchObject({
      program: join(root, compiled),
      argv: ['plan', '--json', 'a b'],
      pid: result.pid,
    });
  });

  it.each([
    { reason: 'nothing is compiled', programs: [source], builtAt: 0, runs: source },
    { reason: 'the sources are newer', programs: [source, compiled], builtAt: -60, runs: source },
    { reason: 'the sources are as compiled', programs: [source, compiled], builtAt: 60, runs: compiled },
  ])('runs $runs in a checkout when $reason', ({ programs, builtAt, runs }) => {
    const { root, launcher } = house('checkout', programs);
    const time = Date.now() / 1000 + builtAt;
    if (existsSync(join(root, compiled))) utimesSync(join(root, compiled), time, time);
    expect(saidBy(startNew(launcher)).program).toBe(join(root, runs));
  });

  it('notices a newer source in any folder', () => {
    const { root, launcher } = house('checkout', [source, compiled, 'schema/deep/toml.ts']);
    const soon = Date.now() / 1000 + 60;
    utimesSync(join(root, compiled), soon, soon);
    utimesSync(join(root, 'schema/deep/toml.ts'), soon + 60, soon + 60);
    expect(saidBy(startNew(launcher)).program).toBe(join(root, source));
  });

  it('keeps a compile cache in the package', () => {
    const { root, launcher } = house('app/node_modules/nova-host', [compiled]);
    saidBy(startNew(launcher));
    expect(existsSync(join(root, 'node_modules/.cache/nova'))).toBe(true);
  });

  it('does without a compile cache where it cannot have one', () => {
    const { root, launcher } = house('app/node_modules/nova-host', [compiled]);
    write(join(root, 'node_modules/.cache'), 'a file where a folder would be');
    expect(saidBy(startNew(launcher)).program).toBe(join(root, compiled));
  });

  it('says what to do when there is no program', () => {
    const { root, launcher } = house('checkout', []);
    const { status, stderr } = startNew(launcher);
    expect(stderr).toBe(`nova: there is no program in ${root}. Next: npm run build\n`);
    expect(status).toBe(1);
  });
});

describe('the launcher under an old Node', () => {
  it.each([
    { reason: 'inside the package', modules: 'app/node_modules/nova-host/node_modules' },
    { reason: 'beside the package', modules: 'app/node_modules' },
    { reason: 'above a workspace', modules: 'node_modules' },
  ])('finds the Node that came along, $reason', ({ modules }) => {
    const made = house('app/node_modules/nova-host', [compiled]);
    bringNode(join(made.folder, modules));
    const said = saidBy(startOld(made, made.launcher, { argv: ['ls'] }));
    expect(said).toMatchObject({
      node: process.versions.node,
      argv: ['ls'],
      program: join(made.root, compiled),
    });
  });

  it.each([
    { reason: 'npx and node_modules/.bin', hops: 1 },
    { reason: 'npm link', hops: 2 },
  ])('works through a link: $reason', ({ hops }) => {
    const made = house('app/node_modules/nova-host', [compiled]);
    bringNode(join(made.folder, 'app/node_modules'));
    let path = made.launcher;
    for (let hop = 0; hop < hops; hop += 1) {
      const link = join(made.folder, `elsewhere-${hop}`, 'nova');
      mkdirSync(dirname(link));
      symlinkSync(path, link);
      path = link;
    }
    expect(saidBy(startOld(made, path)).program).toBe(join(made.root, compiled));
  });

  it('works in a git hook: in another folder, with the variables of git left as they are', () => {
    const made = house('checkout', [source]);
    bringNode(join(made.root, 'node_modules'));
    const cwd = join(made.folder, 'repository/.git');
    mkdirSync(cwd, { recursive: true });
    const env = { PATH: '', GIT_DIR: '.', GIT_INDEX_FILE: 'index' };
    expect(saidBy(startOld(made, made.launcher, { cwd, env }))).toMatchObject({ cwd, env });
  });

  it('works with an empty environment, and adds nothing to it', () => {
    const made = house('checkout', [source]);
    bringNode(join(made.root, 'node_modules'));
    expect(saidBy(startOld(made, made.launcher, { env: {} })).env).toEqual({});
  });

  it.each(['node24', 'node'])('takes %s from PATH, passing over what is too old', (name) => {
    const made = house('checkout', [source]);
    bringNode(join(made.root, 'node_modules'), '22.0.0');
    const [tooOld, good] = [join(made.folder, 'too-old'), join(made.folder, 'good')];
    write(join(tooOld, 'node'), '#!/bin/sh\necho 22.1.0\n');
    chmodSync(join(tooOld, 'node'), 0o755);
    mkdirSync(good);
    symlinkSync(process.execPath, join(good, name));
    const said = saidBy(startOld(made, made.launcher, { env: { PATH: `relative:${tooOld}:${good}` } }));
    expect(said.node).toBe(process.versions.node);
  });

  it('says what it needs and where it looked when there is none', () => {
    const made = house('checkout', [source]);
    const { status, stderr } = startOld(made, made.launcher);
    expect(status).toBe(1);
    expect(stderr).toContain('nova: Node.js 24.12 or later is needed, and this is 20.1.0');
    expect(stderr).toContain(`node-linux-${process.arch} near ${made.root}`);
    expect(stderr).toContain('Next: ');
  });

  it('exits with the status of the program', () => {
    const made = house('checkout', [source]);
    bringNode(join(made.root, 'node_modules'));
    expect(startOld(made, made.launcher, { argv: ['status'] }).status).toBe(3);
  });

  it('ends by the signal that ended the program', () => {
    const made = house('checkout', [source]);
    bringNode(join(made.root, 'node_modules'));
    expect(startOld(made, made.launcher, { argv: ['die'] }).signal).toBe('SIGKILL');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('hands %s on to the program and waits for it', async (signal) => {
    const made = house('checkout', [source]);
    bringNode(join(made.root, 'node_modules'));
    const words = ['--import', made.old, made.launcher, 'wait'];
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (text.includes('ready')) child.kill(signal);
    });
    const [status] = await once(child, 'close');
    expect(said).toBe(`ready\n${signal} 1\n`);
    expect(status).toBe(5);
  });

  it("does not double a terminal's Ctrl-C", async () => {
    const made = house('checkout', [source]);
    bringNode(join(made.root, 'node_modules'));
    // Whichever shell `script` takes makes way: one that stayed would end by the signal itself.
    const command = ['exec', process.execPath, '--import', made.old, made.launcher, 'wait'].join(' ');
    const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (text.includes('ready')) child.stdin.write('\u0003');
    });
    const [status] = await once(child, 'close');
    expect(said).toContain('SIGINT 1');
    expect(status).toBe(5);
  });
});
