import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { scopeOf } from '../../reconcilers/identity.ts';
import { hostState } from './support/hostState.ts';
import { type Result, run } from './support/shell.ts';
import { cli } from './support/world.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nova-doctor-'));
  // What apt-get would bring has only been hidden by `withoutTools`.
  await writeFile(
    join(folder, 'apt-get'),
    `#!/bin/sh
echo "$@" >> ${folder}/asked
echo "Setting up things"
[ -e ${folder}/broken ] && exit 100
umount /usr/sbin/dnsmasq /usr/bin/conmon
`,
  );
  await chmod(join(folder, 'apt-get'), 0o755);
});

afterAll(() => rm(folder, { recursive: true }));

function doctor(...argv: readonly string[]): readonly string[] {
  return [
    ...cli,
    'doctor',
    ...argv,
    '--netns',
    'nvt-doctor',
    '--state-dir',
    join(folder, 'state'),
    '--data-dir',
    join(folder, 'data'),
  ];
}

/** Runs a command in a mount namespace of its own, in which two tools are not there, and apt-get is the test's. */
function withoutTools(argv: readonly string[]): Promise<Result> {
  const hide =
    'mount --bind /dev/null /usr/sbin/dnsmasq && mount --bind /dev/null /usr/bin/conmon && exec "$@"';
  const path = `${folder}:${process.env['PATH'] ?? ''}`;
  return run(['unshare', '--mount', 'sh', '-c', hide, 'sh', ...argv], { env: { PATH: path } });
}

interface Report {
  readonly capabilities: readonly {
    capability: string;
    state: string;
    for: string;
    details: string;
    hint: string | null;
  }[];
  readonly packages: readonly string[];
}

describe('nova doctor', () => {
  it('says of everything that it is there, which runtime works, and leaves nothing behind', async () => {
    const words = [scopeOf('nvt-doctor', join(folder, 'data')).id, 'nvt-doctor'];
    const before = await hostState({ words });
    const { code, stdout, stderr } = await run(doctor());
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/^oci-runtime +there +running capsules +.*\/(runc|crun) works/m);
    expect(stdout).toContain('This machine has everything that Nova may need.');
    expect(await hostState({ words })).toEqual(before);
  });

  it('says what is missing, why, and how to get it, and ends with 1', async () => {
    const { code, stdout } = await withoutTools(doctor('--json'));
    expect(code).toBe(1);
    const { capabilities, packages } = JSON.parse(stdout) as Report;
    expect(capabilities.filter(({ state }) => state === 'missing')).toMatchObject([
      {
        capability: 'dnsmasq',
        details: 'dnsmasq is not installed',
        hint: expect.stringContaining('apt-get install dnsmasq-base'),
      },
      {
        capability: 'conmon',
        details: 'conmon is not installed',
        hint: expect.stringContaining('apt-get install conmon'),
      },
    ]);
    expect(packages).toEqual(['dnsmasq-base', 'conmon']);
    expect((await withoutTools(doctor())).stdout).toContain(
      `This machine lacks 2 of ${capabilities.length}.`,
    );
  });

  it('says of every capability what it is for', async () => {
    const { capabilities } = JSON.parse((await run(doctor('--json'))).stdout) as Report;
    expect(capabilities.filter((each) => each.for === '')).toEqual([]);
  });
});

describe('nova doctor --install', () => {
  it('does nothing when nobody agrees, having shown the one command', async () => {
    const { code, stderr } = await withoutTools(doctor('--install'));
    expect([code, stderr]).toEqual([1, expect.stringContaining('[plan.declined]')]);
    expect(stderr).toContain('apt-get install --yes --no-install-recommends dnsmasq-base conmon');
    await expect(readFile(join(folder, 'asked'), 'utf8')).rejects.toThrow('ENOENT');
  });

  it('runs it with its output shown, and checks again', async () => {
    const { code, stdout, stderr } = await withoutTools(doctor('--install', '--yes'));
    expect(code, stderr).toBe(0);
    expect(await readFile(join(folder, 'asked'), 'utf8')).toBe(
      'install --yes --no-install-recommends dnsmasq-base conmon\n',
    );
    expect(stdout).toMatch(/This machine lacks 2 of [^]*Setting up things[^]*This machine has everything/);
  });

  it('says so when it fails', async () => {
    await writeFile(join(folder, 'broken'), '');
    const { code, stderr } = await withoutTools(doctor('--install', '--yes'));
    expect([code, stderr]).toEqual([1, expect.stringMatching(/apt-get ended with 100.*\[host\.command\]/)]);
  });

  it('asks for nothing when nothing is missing', async () => {
    const { code, stdout } = await run(doctor('--install', '--yes'));
    expect([code, stdout]).toEqual([0, expect.stringContaining('This machine has everything')]);
  });
});
