import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import type { CommandRecord } from '../../../reconcilers/host/commandRecord.ts';
import type { RuntimeContainer } from '../../../reconcilers/host/host.ts';
import { createLocalHost } from '../../../reconcilers/host/local.ts';
import { cgroupsOf, makeMachine, never } from './machine.ts';

type Machine = ReturnType<typeof makeMachine>;

const busybox = '/usr/bin/busybox';
const id = '0f0c5e6d-7a4c-5f8e-a1c4-a7b35d9e1000';

describe.skipIf(!existsSync(busybox))('runtime', () => {
  it('tries the runtime once for a start of the machine and a build of the program', async () => {
    await using machine = makeMachine({ namespace: false });
    const tried = () => machine.commands.filter((command) => command.argv.includes('run')).length;
    expect(await machine.host.missing(['oci-runtime', 'conmon'])).toEqual([]);
    expect(tried()).toBeGreaterThan(0);
    const { path } = JSON.parse(machine.trials.tried('oci-runtime') ?? '') as { path: string };
    expect(path).toMatch(/\/(crun|runc)$/);
    machine.commands.length = 0;
    await machine.host.missing(['oci-runtime']);
    const { scope, originals, trials } = machine;
    const recorder = (record: CommandRecord) => void machine.commands.push(record);
    const another = createLocalHost({ scope, project: 'other', originals, trials, recorder });
    await another.missing(['oci-runtime']);
    await another.close();
    expect(tried()).toBe(0);
    expect(cgroupsOf(machine.scope).filter((path) => path.includes('probe'))).toEqual([]);
    expect(readdirSync(machine.scope.run)).toEqual(['work-demo']);
  });

  it('says what the runtime said when the command is not there, and leaves nothing of it', async () => {
    await using machine = makeMachine({ namespace: false });
    const capsule = makeCapsule(machine, ['/bin/nope']);
    await expect(machine.host.runtime.create(capsule)).rejects.toMatchObject({
      code: 'capsule.start',
      message: expect.stringMatching(/^web cannot be started: .*\/bin\/nope.*(no such file|not found)/i),
    });
    await remove(machine);
  });

  it('makes a capsule over a stale one of its id, and pauses, resumes and logs it', async () => {
    await using machine = makeMachine({ namespace: false });
    const { host } = machine;
    const capsule = makeCapsule(machine, ['/bin/busybox', 'sh', '-c', 'echo hello; exec sleep 60']);
    await host.runtime.create(capsule);
    await host.runtime.create(capsule);
    await host.runtime.start(id);
    await expect.poll(() => host.view().read(capsule.log)).toMatch(/stdout F hello/);
    const { runtime } = await host.runtime.commands(capsule);
    execFileSync(runtime[0] ?? '', [...runtime.slice(1), 'pause', id]);
    const cgroup = `/nova/${machine.scope.id}/${id}/capsule`;
    expect(await host.view().cgroup(cgroup)).toMatchObject({ frozen: true });
    await host.runtime.resume(id);
    expect(await host.view().cgroup(cgroup)).toMatchObject({ frozen: false });
    await host.runtime.update(id, { memory: 50 * 2 ** 20, cpu: 1.5, pids: 20 });
    expect(await host.view().cgroup(cgroup)).toEqual({
      memory: 50 * 2 ** 20,
      cpu: 1.5,
      pids: 20,
      frozen: false,
    });
    await host.runtime.update(id, { memory: undefined, cpu: undefined, pids: undefined });
    expect(await host.view().cgroup(cgroup)).toEqual({
      memory: undefined,
      cpu: undefined,
      pids: undefined,
      frozen: false,
    });
    await remove(machine);
    expect(existsSync(`${machine.scope.run}/s/${id}`)).toBe(false);
  });

  it('probes by a command inside, and ends one that does not answer', async () => {
    await using machine = makeMachine({ namespace: false });
    const { host } = machine;
    await host.runtime.create(makeCapsule(machine, ['/bin/busybox', 'sleep', '60']));
    await host.runtime.start(id);
    const ask = (ms: number, ...argv: string[]) => host.probe.exec(id, ['/bin/busybox', ...argv], ms, never);
    expect(await ask(60_000, 'true')).toBeUndefined();
    expect(await ask(60_000, 'sh', '-c', 'echo not yet >&2; exit 4')).toBe('exit status 4: not yet');
    expect(await ask(500, 'sh', '-c', 'trap "" TERM; sleep 77')).toBe('no answer within 0.5 s');
    await expect
      .poll(async () =>
        [...(await host.view().processes()).values()].some((each) =>
          each.argv.includes('trap "" TERM; sleep 77'),
        ),
      )
      .toBe(false);
    await remove(machine);
    expect(await ask(60_000, 'true')).toMatch(/no capsule/);
  });

  it('runs the exit command in the monitor’s cgroup when the capsule ends', async () => {
    await using machine = makeMachine({ namespace: false });
    const { host, folder } = machine;
    const exitCommand = ['/bin/sh', '-c', `grep ^0:: /proc/self/cgroup > ${folder}/ended`];
    const capsule = { ...makeCapsule(machine, ['/bin/busybox', 'true']), exitCommand };
    await host.runtime.create(capsule);
    await host.runtime.start(id);
    await expect.poll(() => host.view().read(`${folder}/ended`)).toBe(`0::${capsule.monitorCgroup}\n`);
    expect(await host.view().read(`${capsule.exitDirectory}/${id}`)).toBe('0');
    await remove(machine);
  });

  it('executes for a person on Nova’s own standard input and output, with the exit status', async () => {
    await using machine = makeMachine({ namespace: false });
    const { host } = machine;
    await host.runtime.create(makeCapsule(machine, ['/bin/busybox', 'sleep', '60']));
    await host.runtime.start(id);
    const module = new URL('../../../reconcilers/host/runtimeExec.ts', import.meta.url).href;
    const argv = ['/bin/busybox', 'sh', '-c', 'read line; echo "$GREETING $line"; exit 7'];
    const script = `const { runtimeExec } = await import(${JSON.stringify(module)});
      process.exitCode = await runtimeExec(${JSON.stringify({ scope: machine.scope, id, argv, tty: false, env: { GREETING: 'hi' } })});`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (chunk) => (said += String(chunk)));
    child.stdin.end('there\n');
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(7);
    expect(said).toBe('hi there\n');
    await remove(machine);
  });
});

describe('missing', () => {
  it('names what is not on the search path and how to get it', async () => {
    await using machine = makeMachine({ namespace: false });
    const path = process.env['PATH'];
    process.env['PATH'] = machine.folder;
    try {
      const missing = await machine.host.missing([
        'ip',
        'dnsmasq',
        'xattr',
        'cgroup2',
        'overlayfs',
        'net-admin',
        'oci-runtime',
      ]);
      expect(missing.map(({ capability }) => capability)).toEqual(['ip', 'dnsmasq', 'xattr', 'oci-runtime']);
      for (const { why, hint } of missing)
        expect([why, hint]).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\w/)]);
    } finally {
      process.env['PATH'] = path;
    }
  });
});

describe('images', () => {
  it('unpacks an image once for its users, and takes it away with the last of them', async () => {
    await using machine = makeMachine({ namespace: false });
    const { images } = machine.host;
    const { layout, digest } = makeLayout(machine);
    const rootfs = `${machine.scope.roots}/${digest}/rootfs`;
    await Promise.all([
      images.unpack({ layout, digest, user: 'a/b' }),
      images.unpack({ layout, digest, user: 'c' }),
    ]);
    expect(readFileSync(`${rootfs}/etc/greeting`, 'utf8')).toBe('hello\n');
    expect(machine.commands.filter((command) => command.argv[0] === 'umoci')).toHaveLength(1);
    await images.release('a/b');
    expect(existsSync(rootfs)).toBe(true);
    await images.release('c');
    await images.release('c');
    expect(existsSync(machine.scope.roots)).toBe(false);
  });

  it('takes away what a killed run left half unpacked, and says what is wrong with a damaged image', async () => {
    await using machine = makeMachine({ namespace: false });
    const { layout, digest } = makeLayout(machine);
    const leftover = `${machine.scope.roots}/${digest}.tmp-dead`;
    mkdirSync(leftover, { recursive: true });
    await machine.host.images.unpack({ layout, digest, user: 'a' });
    expect(existsSync(leftover)).toBe(false);
    await machine.host.images.release('a');
    const layer = readdirSync(`${layout}/blobs/sha256`).find((name) =>
      isArchive(`${layout}/blobs/sha256/${name}`),
    );
    writeFileSync(`${layout}/blobs/sha256/${layer}`, 'damaged');
    const unpacking = machine.host.images.unpack({ layout, digest, user: 'a' });
    await expect(unpacking).rejects.toMatchObject({
      code: 'capsule.invalid',
      message: expect.stringContaining(layout),
    });
    expect(readdirSync(machine.scope.roots)).toEqual([]);
  });
});

async function remove({ host, scope }: Machine): Promise<void> {
  await host.runtime.delete(id);
  await host.cgroups.kill(`/nova/${scope.id}/${id}`, never);
  await host.cgroups.remove(`/nova/${scope.id}/${id}`);
  expect(cgroupsOf(scope).filter((path) => path.includes(id))).toEqual([]);
  expect(existsSync(`${scope.run}/runtime/${id}`)).toBe(false);
}

function makeCapsule({ scope, folder }: Machine, args: readonly string[]): RuntimeContainer {
  const bundle = `${scope.run}/containers/${id}`;
  for (const name of ['bin', 'proc']) mkdirSync(`${folder}/rootfs/${name}`, { recursive: true });
  copyFileSync(busybox, `${folder}/rootfs/bin/busybox`);
  mkdirSync(bundle, { recursive: true });
  const config = {
    ociVersion: '1.0.2',
    root: { path: `${folder}/rootfs` },
    process: { args, cwd: '/', env: ['PATH=/bin'], user: { uid: 0, gid: 0 } },
    mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }],
    linux: {
      cgroupsPath: `/nova/${scope.id}/${id}/capsule`,
      namespaces: ['pid', 'mount', 'ipc', 'uts', 'network'].map((type) => ({ type })),
    },
  };
  writeFileSync(`${bundle}/config.json`, JSON.stringify(config));
  const common = { id, uuid: id, name: 'web', bundle, exitDirectory: `${bundle}/exits` };
  const monitorCgroup = `/nova/${scope.id}/${id}/monitor`;
  return {
    ...common,
    pidFile: `${bundle}/pid`,
    log: `${bundle}/log`,
    monitorCgroup,
    exitCommand: ['/bin/true'],
  };
}

/** An OCI image layout of one layer with one file, without a tag. */
function makeLayout({ folder }: Machine): { layout: string; digest: string } {
  const layout = `${folder}/layout`;
  mkdirSync(`${folder}/layer/etc`, { recursive: true });
  mkdirSync(`${layout}/blobs/sha256`, { recursive: true });
  writeFileSync(`${folder}/layer/etc/greeting`, 'hello\n');
  utimesSync(`${folder}/layer/etc/greeting`, 0, 0);
  const tar = execFileSync('tar', ['-C', `${folder}/layer`, '-c', 'etc']);
  const blob = (data: Buffer | string) => {
    const digest = createHash('sha256').update(data).digest('hex');
    writeFileSync(`${layout}/blobs/sha256/${digest}`, data);
    return { digest: `sha256:${digest}`, size: Buffer.byteLength(data) };
  };
  const type = (name: string) => ({ mediaType: `application/vnd.oci.image.${name}` });
  const layer = blob(tar);
  const rootfs = { type: 'layers', diff_ids: [layer.digest] };
  const config = blob(
    JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs, history: [{}] }),
  );
  const manifest = blob(
    JSON.stringify({
      schemaVersion: 2,
      config: { ...type('config.v1+json'), ...config },
      layers: [{ ...type('layer.v1.tar'), ...layer }],
    }),
  );
  writeFileSync(`${layout}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
  const manifests = [{ ...type('manifest.v1+json'), ...manifest }];
  writeFileSync(`${layout}/index.json`, JSON.stringify({ schemaVersion: 2, manifests }));
  return { layout, digest: manifest.digest.slice(7) };
}

function isArchive(file: string): boolean {
  return readFileSync(file).includes('ustar');
}
