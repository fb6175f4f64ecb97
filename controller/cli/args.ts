import { parseArgs } from 'node:util';

import { NovaError } from '../../schema/errors.ts';
import type { Address } from '../../schema/manifest.ts';
import { declaredKinds, parseAddress } from '../../schema/kinds.ts';

export const commands = ['validate', 'plan', 'apply', 'drift', 'destroy', 'ls', 'logs', 'exec'] as const;
export type Command = (typeof commands)[number];

/** What was asked for on the command line, checked. */
export interface Options {
  readonly command: Command;
  /** NovaFile, or the folder that holds it. */
  readonly file: string;
  /** The resource that `logs` and `exec` are about. */
  readonly subject: Address | undefined;
  /** What `exec` runs. */
  readonly argv: readonly string[];
  readonly json: boolean;
  readonly stateDirectory: string;
  readonly dataDirectory: string;
  readonly netns: string | undefined;
  readonly targets: readonly Address[] | undefined;
  readonly yes: boolean;
  readonly deleteVolumes: boolean;
  readonly detailedExitcode: boolean;
  readonly parallelism: number | undefined;
  /** ms */
  readonly lockTimeout: number;
  readonly follow: boolean;
  /** Last lines to show; undefined: all. */
  readonly lines: number | undefined;
}

const flags = {
  file: { type: 'string', short: 'f' },
  json: { type: 'boolean' },
  'state-dir': { type: 'string' },
  'data-dir': { type: 'string' },
  netns: { type: 'string' },
  target: { type: 'string', multiple: true },
  yes: { type: 'boolean', short: 'y' },
  'delete-volumes': { type: 'boolean' },
  'detailed-exitcode': { type: 'boolean' },
  parallelism: { type: 'string' },
  'lock-timeout': { type: 'string' },
  follow: { type: 'boolean' },
  lines: { type: 'string', short: 'n' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

/**
 * Options for a command line without the program's own name, or what to print instead of running. Folders and
 * namespace may come from the environment too; what is written on the command line wins.
 * @throws NovaError `usage`
 */
export function readArguments(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Options | 'help' | 'version' {
  const { values, positionals } = parsed(argv);
  const [command, ...rest] = positionals;
  if (values.version === true) return 'version';
  if (values.help === true || command === 'help') return 'help';
  if (command === undefined) throw usage('no command was given');
  if (!isCommand(command)) throw usage(`there is no command \`${command}\``);
  const about = command === 'logs' || command === 'exec';
  const [first, ...more] = rest;
  if (about && first === undefined) throw usage(`\`nova ${command}\` needs the name of a container`);
  if (command === 'exec' && more.length === 0)
    throw usage('`nova exec` needs a command, as in `nova exec web -- sh`');
  if (command !== 'exec' && more.length > 0) throw usage(`one NovaFile at a time: ${rest.join(', ')}`);
  if (!about && first !== undefined && values.file !== undefined) throw usage('the NovaFile was named twice');
  const netns = values.netns ?? (env['NOVA_NETNS'] || undefined);
  return {
    command,
    file: values.file ?? (about ? undefined : first) ?? '.',
    subject: about && first !== undefined ? subjectOf(first) : undefined,
    argv: command === 'exec' ? more : [],
    json: values.json ?? false,
    stateDirectory: values['state-dir'] ?? (env['NOVA_STATE_DIR'] || '/var/lib/nova/state'),
    dataDirectory: values['data-dir'] ?? (env['NOVA_DATA_DIR'] || '/var/lib/nova'),
    netns: netns === undefined ? undefined : checkedNetns(netns),
    targets: values.target?.map((target) => checkedAddress(target)),
    yes: values.yes ?? false,
    deleteVolumes: values['delete-volumes'] ?? false,
    detailedExitcode: values['detailed-exitcode'] ?? false,
    parallelism:
      values.parallelism === undefined ? undefined : wholeNumber('--parallelism', values.parallelism, 1),
    lockTimeout: 1000 * wholeNumber('--lock-timeout', values['lock-timeout'] ?? '0', 0),
    follow: values.follow ?? false,
    lines: values.lines === undefined ? undefined : wholeNumber('--lines', values.lines, 0),
  };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: flags, allowPositionals: true, strict: true });
  } catch (error) {
    throw usage((error as Error).message.split('. ')[0] ?? 'the command line cannot be read');
  }
}

function isCommand(word: string): word is Command {
  return (commands as readonly string[]).includes(word);
}

/** `web` is `container.web`. */
function subjectOf(word: string): Address {
  return word.includes('.') ? checkedAddress(word) : `container.${word}`;
}

function checkedAddress(word: string): Address {
  const address = parseAddress(word);
  if (address !== undefined) return address;
  throw usage(
    `\`${word}\` is no address: write it as ${declaredKinds.map((kind) => `${kind}.NAME`).join(', ')}`,
  );
}

/** It becomes a file name under /run/netns and a word on command lines. */
function checkedNetns(name: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/.test(name)) return name;
  throw usage(
    `\`${name}\` cannot be the name of a network namespace: letters, digits, \`_\`, \`.\` and \`-\``,
  );
}

function wholeNumber(flag: string, text: string, least: number): number {
  const value = Number(text);
  if (/^[0-9]+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw usage(`${flag} takes a whole number from ${least}, not \`${text}\``);
}

function usage(message: string): NovaError {
  return new NovaError('usage', message, { hint: '`nova help` lists commands and options' });
}
