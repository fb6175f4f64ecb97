import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { createLab, type Lab } from './lab.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await createLab();
  await lab.world.write(`
project = "demo"
[secrets.from]
token = { path = "./token" }

[vm.box]
boot = { kernel = "${lab.guest.kernel}", initrd = "${lab.guest.initrd}", cmdline = "console=ttyS0 quiet" }
memory = "128Mi"
credentials = { "api.token" = { secret = "token" } }
probe = { serial = "ready" }
stop_timeout = 8
`);
});

afterAll(async () => lab.world[Symbol.asyncDispose]());

/** What the machine says of the strings that it finds in its firmware tables. */
function said(value: string): string {
  const encoded = Buffer.from(value).toString('base64');
  const found = `io.systemd.credential.binary:api.token=${encoded}\n`;
  return `credentials ${createHash('sha256').update(found).digest('hex')}`;
}

it('credentials come to the machine by its firmware tables, and a changed one restarts it', async () => {
  // Nearly as much as fits.
  const first = `canary-of-a-machine, with a comma${'.'.repeat(41_000)}`;
  const second = 'canary-after-rotation';
  const token = join(lab.world.folder, 'token');
  await writeFile(token, first);
  await lab.world.novaMust(['apply', '--yes']);
  expect(await lab.console()).toContain(said(first));
  const pid = await lab.pid();
  expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).not.toMatch(
    new RegExp(`canary|${Buffer.from(first).toString('base64').slice(0, 40)}`),
  );
  expect((await stat(join(lab.paths.run, 'credentials'))).mode & 0o777).toBe(0o700);
  expect(await lab.world.drift()).toEqual([]);

  await writeFile(token, second);
  const plan = await lab.world.novaMust(['plan']);
  expect(plan).toContain('~ credentials.api.token = (sensitive), changed');
  const applied = await lab.world.novaMust(['apply', '--yes']);
  expect(plan + applied).not.toContain('canary');
  expect(await lab.console()).toContain(said(second));
  expect(await lab.pid()).not.toBe(pid);

  await writeFile(token, 'canary'.repeat(8000));
  const refused = await lab.world.nova(['plan']);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/NovaFile\.toml:\d+:\d+: .*its credentials are 63 KiB as SMBIOS strings/);
  expect(refused.stderr + refused.stdout).not.toContain('canary');
  await writeFile(token, second);
  expect(await lab.world.drift()).toEqual([]);
  expect(await readFile(join(lab.world.stateDirectory, 'host-key'), 'utf8')).toMatch(/^AGE-SECRET-KEY-/);
});
