import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import type { Choices } from '../../schema/files.ts';
import type { Address } from '../../schema/manifest.ts';
import type { KeyValue } from '../format/addTable.ts';
import { checkedFormat, type Format, reportFormat, type ReportFormat } from './formats.ts';
import { type FollowingFlags, followingFlags, pickFollowing } from './followingFlags.ts';
import { netFlags, networkKeys, strayNetFlag } from './netFlags.ts';
import { checkedAddress, readPositionals, usage, wholeNumber } from './positionals.ts';

const projectCommands = [
  'validate',
  'plan',
  'apply',
  'drift',
  'destroy',
  'ls',
  'history',
  'rollback',
] as const;
const resourceCommands = ['run', 'stop', 'start', 'restart', 'logs', 'exec', 'console', 'forget'] as const;
const toolCommands = [
  'import',
  'secret',
  'fmt',
  'render',
  'graph',
  'schema',
  'completion',
  'gpu',
  'net',
  'token',
  'doctor',
] as const;
const loopCommands = [
  'watch',
  'controller',
  'status',
  'events',
  'approve',
  'suspend',
  'resume',
  'reconcile',
  'hook',
  'install-service',
] as const;
export const commands = [...loopCommands, ...projectCommands, ...resourceCommands, ...toolCommands] as const;
export type Command = (typeof commands)[number];

/** Where things are kept unless it is said otherwise. */
export const defaultFolders = { state: '/var/lib/nova/state', data: '/var/lib/nova' } as const;

/** What was asked for on the command line, checked. */
export interface Options {
  readonly command: Command;
  /** NovaFile, or the folder that holds it; for `apply` also a saved plan. */
  readonly file: string;
  /** The resource that `logs`, `exec` and `console` are about. */
  readonly subject: Address | undefined;
  /** The resources that `run`, `stop`, `start`, `restart` and `forget` are about. */
  readonly subjects: readonly Address[];
  /** What `rollback` goes back to; undefined: the one before the newest. */
  readonly generation: number | undefined;
  /** What `fmt` formats; what `secret` does, what `import` looks for; what `completion` is asked. */
  readonly words: readonly string[];
  /** What `exec` runs. */
  readonly argv: readonly string[];
  readonly json: boolean;
  /** What is chosen of the NovaFile: `--profile`, `--var`, `--var-file`. */
  readonly choices: Choices;
  /** Where `plan` saves the plan. */
  readonly out: string | undefined;
  readonly stateDirectory: string;
  readonly dataDirectory: string;
  readonly netns: string | undefined;
  readonly targets: readonly Address[] | undefined;
  readonly yes: boolean;
  readonly deleteVolumes: boolean;
  /** `fmt` only says what it would change. */
  readonly check: boolean;
  readonly format: Format;
  /** The format when it is one of those that only tell findings. */
  readonly report: ReportFormat | undefined;
  /** `doctor` also gets what is missing. */
  readonly install: boolean;
  readonly detailedExitcode: boolean;
  readonly parallelism: number | undefined;
  /** ms */
  readonly lockTimeout: number;
  readonly follow: boolean;
  /** Last lines to show; undefined: all. */
  readonly lines: number | undefined;
  /** Which devices `gpu` is about, as `vendor=nvidia`. */
  readonly filters: readonly string[];
  /** Keys of the network that `net create` makes. */
  readonly networkKeys: ReadonlyMap<string, KeyValue>;
  /** What `watch` and `controller` follow, and how. */
  readonly following: FollowingFlags;
}

const flags = {
  file: { type: 'string', short: 'f' },
  json: { type: 'boolean' },
  profile: { type: 'string' },
  var: { type: 'string', multiple: true },
  'var-file': { type: 'string', multiple: true },
  out: { type: 'string', short: 'o' },
  check: { type: 'boolean' },
  format: { type: 'string' },
  install: { type: 'boolean' },
  'state-dir': { type: 'string' },
  'data-dir': { type: 'string' },
  netns: { type: 'string' },
  target: { type: 'string', multiple: true },
  filter: { type: 'string', multiple: true },
  yes: { type: 'boolean', short: 'y' },
  'delete-volumes': { type: 'boolean' },
  'detailed-exitcode': { type: 'boolean' },
  parallelism: { type: 'string' },
  'lock-timeout': { type: 'string' },
  follow: { type: 'boolean' },
  lines: { type: 'string', short: 'n' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
  ...netFlags,
  ...followingFlags,
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
  const { values, positionals } = parsed(withFollow(argv));
  const [command, ...rest] = positionals;
  if (values.version === true) return 'version';
  if (values.help === true || command === 'help') return 'help';
  if (command === undefined) throw usage('no command was given');
  if (!isCommand(command)) throw usage(`there is no command \`${command}\``);
  const { file, subjects, argv: inner, words, generation } = readPositionals(command, rest);
  const createsNetwork = command === 'net' && words[0] === 'create';
  const stray = createsNetwork ? undefined : strayNetFlag(values);
  if (stray !== undefined) throw usage(`only \`nova net create\` takes --${stray}`);
  if (file !== undefined && values.file !== undefined) throw usage('the NovaFile was named twice');
  if (values.out !== undefined && command !== 'plan') throw usage('only `nova plan` saves a plan with --out');
  const format = checkedFormat(command, values.format, values.json ?? false);
  const netns = values.netns ?? (env['NOVA_NETNS'] || undefined);
  return {
    command,
    file: values.file ?? file ?? '.',
    subject: subjects[0],
    subjects,
    generation,
    words,
    argv: inner,
    json: format === 'json',
    // The profile of a network that is made is its own.
    choices: choicesFrom(createsNetwork ? { ...values, profile: undefined } : values),
    networkKeys: networkKeys(createsNetwork ? values : {}),
    out: values.out,
    check: values.check ?? false,
    format,
    report: reportFormat(format),
    install: values.install ?? false,
    stateDirectory: values['state-dir'] ?? (env['NOVA_STATE_DIR'] || defaultFolders.state),
    dataDirectory: values['data-dir'] ?? (env['NOVA_DATA_DIR'] || defaultFolders.data),
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
    filters: values.filter ?? [],
    following: pickFollowing(values),
  };
}

/** `nova events -f`, as everybody types it: a NovaFile is not what follows. */
function withFollow(argv: readonly string[]): readonly string[] {
  if (argv[0] !== 'events' && argv[0] !== 'logs') return argv;
  const isFlag = (word: string | undefined): boolean => word === undefined || word.startsWith('-');
  return argv.map((word, index) => (word === '-f' && isFlag(argv[index + 1]) ? '--follow' : word));
}

function choicesFrom(values: {
  readonly profile?: string | undefined;
  readonly var?: readonly string[];
  readonly 'var-file'?: readonly string[];
}): Choices {
  const { profile, var: set = [], 'var-file': valueFiles = [] } = values;
  return {
    profile,
    valueFiles: valueFiles.map((path) => resolve(path)),
    set: set.map((written) => {
      const end = written.indexOf('=');
      if (end > 0) return { name: written.slice(0, end), text: written.slice(end + 1) };
      throw usage(`--var takes name=value, not \`${written}\``);
    }),
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

/** It becomes a file name under /run/netns and a word on command lines. */
function checkedNetns(name: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/.test(name)) return name;
  throw usage(
    `\`${name}\` cannot be the name of a network namespace: letters, digits, \`_\`, \`.\` and \`-\``,
  );
}
