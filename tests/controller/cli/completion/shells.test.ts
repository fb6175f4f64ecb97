import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { cli } from '../../../system/support/world.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nova-shell-'));
  const program = cli.map((word) => `'${word}'`).join(' ');
  const shim = `#!/bin/sh\n[ "$1" = completion ] && exec ${program} "$@"\nprintf '%s\\n' "$*" >>"${folder}/ran"\n`;
  writeFileSync(join(folder, 'nova'), shim);
  chmodSync(join(folder, 'nova'), 0o755);
  const tables = '[volume.data]\n[container.website]\ncapsule = "./root"\n';
  writeFileSync(join(folder, 'NovaFile.toml'), `project = "lab"\n${tables}`);
});

afterAll(() => rmSync(folder, { recursive: true }));

/** How each is started without anybody's settings, told its prompt, and told how to complete `nova`. */
const shells = {
  bash: { argv: 'bash --norc --noprofile -i', lines: [`PS1='REA''DY> '`, 'source <(nova completion bash)'] },
  zsh: {
    argv: 'zsh -f -i',
    lines: [
      `PS1='REA''DY> '`,
      'unsetopt zle_bracketed_paste; autoload -Uz compinit && compinit -D -u',
      'source <(nova completion zsh)',
    ],
  },
  fish: {
    argv: 'fish --no-config -i',
    lines: ["function fish_prompt; echo -n 'REA''DY> '; end", 'nova completion fish | source'],
  },
};

/** What is typed, a tab at its end, and the command line that runs. */
const typed = [
  ['nova valid', 'validate'],
  ['nova stop container.w', 'stop container.website'],
  ['nova plan --detailed', 'plan --detailed-exitcode'],
  ['nova plan --target vol', 'plan --target volume.data'],
  ['nova plan Nova', 'plan NovaFile.toml'],
] as const;

describe.each(Object.entries(shells))('in %s', (shell, { argv, lines }) => {
  const there =
    spawnSync(shell, ['--version']).status === 0 && spawnSync('script', ['--version']).status === 0;
  it.skipIf(!there)(
    'a tab completes commands, addresses, options and files',
    { timeout: 120_000 },
    async () => {
      rmSync(join(folder, 'ran'), { force: true });
      await converse(argv, [...lines, ...typed.map(([text]) => `${text}\t`)]);
      const ran = readFileSync(join(folder, 'ran'), 'utf8').trimEnd().split('\n');
      expect(ran.map((line) => line.trimEnd())).toEqual(typed.map(([, line]) => line));
    },
  );
});

/** Types line after line on a terminal of its own; each is sent when the shell has shown its prompt. */
function converse(argv: string, lines: readonly string[]): Promise<void> {
  const env = {
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    HOME: folder,
    TERM: 'xterm',
    LANG: 'C.UTF-8',
  };
  const child = spawn('script', ['-qec', argv, '/dev/null'], { cwd: folder, env });
  return new Promise((resolve, reject) => {
    const [first = '', ...waiting] = lines;
    let said = '';
    let answered = 0;
    child.stdin.write(`${first}\r`);
    child.stdout.on('data', (piece: Buffer) => {
      said += piece.toString();
      const prompt = said.indexOf('READY>', answered);
      if (prompt < 0) return;
      // Prompts that are drawn anew while the line is typed are not answered again.
      answered = said.length;
      setTimeout(() => {
        answered = said.length;
        child.stdin.write(`${waiting.shift() ?? 'exit'}\r`);
      }, 150);
    });
    child.on('error', reject);
    child.on('close', () => {
      if (waiting.length === 0) resolve();
      else reject(new Error(`the shell ended too early:\n${said}`));
    });
  });
}
