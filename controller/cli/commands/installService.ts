import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';

import { readSettings } from '../../sources/settings.ts';
import { readText } from '../../project.ts';
import { unitText } from '../../service/unit.ts';
import { writeWholeFile } from '../../wholeFile.ts';
import { defaultFolders, type Options } from '../args.ts';
import { exitCodes } from '../exitCodes.ts';
import { readFollowing } from '../following.ts';
import type { Invocation } from '../main.ts';
import { networkFrom } from '../network.ts';
import { usage } from '../positionals.ts';

const usual = '/etc/systemd/system/nova.service';

/** Writes a unit for systemd that runs the controller as this command line says; it is not started yet. */
export function installService(invocation: Invocation): Promise<number> {
  const { options, io } = invocation;
  check(options);
  const path = text(options.following['unit']) ?? usual;
  const command = [process.execPath, process.argv[1] ?? '', ...controllerArguments(options)];
  mkdirSync(dirname(path), { recursive: true });
  writeWholeFile(path, unitText({ command }), { mode: 0o644 });
  if (path === usual && existsSync('/run/systemd/system')) spawnSync('systemctl', ['daemon-reload']);
  io.out.write(`${path} is written. Start it, now and at each boot: systemctl enable --now nova\n`);
  return Promise.resolve(exitCodes.done);
}

/** What would not start is told now. @throws NovaError `usage`, `file.unreadable` */
function check({ words, following }: Options): void {
  const [file] = words;
  if (file !== undefined) readSettings(readText(resolve(file), file), file);
  else if (text(following['repo']) === undefined)
    throw usage('`nova install-service` needs --repo, or the configuration file of a controller');
  else readFollowing(following);
  networkFrom(following);
}

/** As it would be typed, but that nothing depends on the working folder. */
function controllerArguments({ words, following, choices, ...options }: Options): readonly string[] {
  const [file] = words;
  const { stateDirectory, dataDirectory, netns } = options;
  const { profile, set = [], valueFiles = [] } = choices;
  const flags = Object.entries(following).flatMap(([name, value]) => {
    if (typeof value !== 'string' || name === 'unit') return [];
    return [`--${name}`, isPath(name, value) ? resolve(value) : value];
  });
  return [
    'controller',
    ...(file === undefined ? [] : [resolve(file)]),
    ...flags,
    ...(profile === undefined ? [] : ['--profile', profile]),
    ...set.flatMap(({ name, text: value }) => ['--var', `${name}=${value}`]),
    ...valueFiles.flatMap((path) => ['--var-file', path]),
    ...(stateDirectory === defaultFolders.state ? [] : ['--state-dir', resolve(stateDirectory)]),
    ...(dataDirectory === defaultFolders.data ? [] : ['--data-dir', resolve(dataDirectory)]),
    ...(netns === undefined ? [] : ['--netns', netns]),
    '--json',
  ];
}

const pathFlags = ['token-file', 'allowed-signers', 'keyring', 'hook-secret-file', 'tls-cert', 'tls-key'];

function isPath(name: string, value: string): boolean {
  if (isAbsolute(value)) return false;
  return pathFlags.includes(name) || (name === 'repo' && value.startsWith('.'));
}

function text(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
