import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { hostState } from './support/hostState.ts';
import { run } from './support/shell.ts';

const top = resolve(import.meta.dirname, '../..');

/** The tour takes place in the namespace `tour`. */
const traces = () => hostState({ words: ['tour', folder] });

let folder: string;
let before: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nova-readme-'));
  before = await traces();
  await mkdir(join(folder, 'bin'));
  await symlink(join(top, 'controller/bin/nova.js'), join(folder, 'bin/nova'));
  await cp(join(top, 'examples'), join(folder, 'examples'), { recursive: true });
});

afterAll(() => rm(folder, { recursive: true }));

it('runs the tour of the README, command by command, as it stands there', async () => {
  const readme = await readFile(join(top, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block ?? '');
  expect(blocks.length).toBeGreaterThan(5);
  const { code, stdout, stderr } = await run(['bash', '-euxc', blocks.join('\n')], {
    cwd: folder,
    env: {
      PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
      NOVA_STATE_DIR: join(folder, 'state'),
      NOVA_DATA_DIR: join(folder, 'data'),
    },
  });
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('Plan: 4 to add, 0 to change, 0 to destroy.');
  expect(stdout).toContain('Apply: 4 of 4 applied.');
  expect(stdout.match(/hello from web/g)?.length).toBeGreaterThanOrEqual(3);
  expect(stdout).toContain('Nothing to do: the host is as the NovaFile says.');
  expect(stdout).toContain('drift ended with 2');
  expect(stdout).toContain('No drift: the host is as the NovaFile says.');
  expect(stdout).toContain('Destroy: 4 of 4 destroyed.');
  expect(await traces()).toEqual(before);
});
