import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { main } from '../../../controller/cli/main.ts';
import { unitText } from '../../../controller/service/unit.ts';

describe('the unit of a controller', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nova-unit-'));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  /** What systemd says of a unit; nothing when all is well. */
  function verified(path: string): string {
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], {
      encoding: 'utf8',
    });
    return `${status} ${stdout}${stderr}`.trim();
  }

  it('is one that systemd understands, whatever stands on its command line', () => {
    const words = ['/srv/a b/%h.toml', '--var', 'x=$HOME "quoted" \\n', ''];
    const path = join(folder, 'nova.service');
    writeFileSync(path, unitText({ command: ['/bin/true', ...words] }));
    expect(verified(path)).toBe('0');
    writeFileSync(path, unitText({ command: ['/bin/true'] }).replace('WatchdogSec', 'WatchdogSek'));
    expect(verified(path)).toContain('WatchdogSek');
  });

  it('keeps guests running: nothing but the controller is signalled, and nothing of it is hidden or handed down', () => {
    const text = unitText({ command: ['/bin/true'] });
    expect(text).toMatch(/^KillMode=process$/m);
    expect(text).toMatch(/^OOMPolicy=continue$/m);
    expect(text).toMatch(/^RuntimeDirectoryPreserve=yes$/m);
    // systemd.exec(5): these make a mount namespace, or are inherited by whatever is started.
    const harmful =
      /^(?:Protect|Private|ReadOnly|ReadWrite|Inaccessible|TemporaryFileSystem|Mount|Root|Bind|NoNewPrivileges|SystemCall|Restrict(?!art)|MemoryDeny|LockPersonality|DynamicUser)/m;
    expect(text).not.toMatch(harmful);
  });

  it('is written by nova install-service, with paths that hold from anywhere', async () => {
    const config = join(folder, 'nova.toml');
    writeFileSync(config, `[source.lab]\nfolder = "/srv/lab"\n`);
    const path = join(folder, 'nova.service');
    const said = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const before = process.cwd();
    process.chdir(folder);
    try {
      const argv = [
        'install-service',
        'nova.toml',
        '--unit',
        path,
        '--listen',
        '127.0.0.1:1',
        '--state-dir',
        's',
      ];
      expect(await main(argv)).toBe(0);
    } finally {
      process.chdir(before);
    }
    expect(String(said.mock.calls.at(-1)?.[0])).toContain('systemctl enable --now nova');
    const [, command = ''] = /^ExecStart=(.*)$/m.exec(readFileSync(path, 'utf8')) ?? [];
    expect(command.startsWith(process.execPath)).toBe(true);
    expect(
      command.endsWith(`controller ${config} --listen 127.0.0.1:1 --state-dir ${join(folder, 's')} --json`),
    ).toBe(true);
    expect(verified(path)).toBe('0');
  });

  it.each([
    { argv: [], reason: 'nothing to follow' },
    { argv: ['missing.toml'], reason: 'no such file' },
    { argv: ['--repo', 'https://a/b', '--api', '0.0.0.0:1'], reason: 'no certificate' },
  ])('is not written for what would not start: $reason', async ({ argv }) => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const path = join(folder, 'nova.service');
    expect(await main(['install-service', ...argv, '--unit', path])).toBe(1);
    expect(() => readFileSync(path)).toThrow('ENOENT');
  });
});
