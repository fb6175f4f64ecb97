import { NovaError } from '../../schema/errors.ts';
import type { Address, Kind } from '../../schema/manifest.ts';
import { declaredKinds, parseAddress } from '../../schema/kinds.ts';
import type { Command } from './args.ts';

/** What stands after the command without a name of its own. */
export interface Positionals {
  /** NovaFile, folder, or saved plan. */
  readonly file: string | undefined;
  readonly subjects: readonly Address[];
  readonly argv: readonly string[];
  readonly words: readonly string[];
  readonly generation: number | undefined;
}

const nothing: Positionals = { file: undefined, subjects: [], argv: [], words: [], generation: undefined };

/**
 * The words after a command, by what it takes.
 * @throws NovaError `usage`
 */
export function readPositionals(command: Command, words: readonly string[]): Positionals {
  const [first, ...more] = words;
  switch (command) {
    case 'logs':
    case 'exec': {
      if (first === undefined) throw usage(`\`nova ${command}\` needs the name of a container`);
      if (command === 'logs') refuseMore(command, more);
      else if (more.length === 0) throw usage('`nova exec` needs a command, as in `nova exec web -- sh`');
      return { ...nothing, subjects: [subjectOf(first)], argv: more };
    }
    case 'console':
      if (first === undefined) throw usage('`nova console` needs the name of a virtual machine');
      refuseMore(command, more);
      return { ...nothing, subjects: [subjectOf(first, 'vm')] };
    case 'stop':
    case 'start':
    case 'restart':
    case 'run': {
      if (first === undefined) throw usage(`\`nova ${command}\` needs a name, as in \`nova ${command} web\``);
      if (command === 'run') refuseMore(command, more);
      return { ...nothing, subjects: [...new Set(words.map((word) => subjectOf(word)))] };
    }
    case 'forget':
      if (first === undefined) throw usage('`nova forget` needs an address, as in `nova forget network.lan`');
      return { ...nothing, subjects: [...new Set(words.map((word) => checkedAddress(word)))] };
    case 'rollback':
      refuseMore(command, more);
      return first === undefined
        ? nothing
        : { ...nothing, generation: wholeNumber('nova rollback', first, 1) };
    case 'import':
    case 'secret':
    case 'fmt':
    case 'schema':
    case 'token':
    case 'completion':
    case 'gpu':
    case 'net':
      return { ...nothing, words };
    case 'approve':
    case 'suspend':
    case 'resume':
    case 'reconcile':
      if (first === undefined)
        throw usage(`\`nova ${command}\` needs the name of a source; \`nova status\` lists them`);
      refuseMore(command, more);
      return { ...nothing, words };
    case 'hook':
      if (words.length !== 3) throw usage('write `nova hook install REPOSITORY SOURCE`');
      return { ...nothing, words };
    case 'status':
    case 'events':
      refuseMore(command, words);
      return nothing;
    case 'controller':
    case 'install-service':
      refuseMore(command, more);
      return { ...nothing, words };
    case 'doctor':
      refuseMore(command, words);
      return nothing;
    default:
      if (more.length > 0) throw usage(`one NovaFile at a time: ${words.join(', ')}`);
      return { ...nothing, file: first };
  }
}

function refuseMore(command: Command, words: readonly string[]): void {
  if (words.length > 0) throw usage(`\`nova ${command}\` does not know what to do with ${words.join(' ')}`);
}

/** `web` is `container.web`, where containers are meant. */
function subjectOf(word: string, kind: Kind = 'container'): Address {
  return word.includes('.') ? checkedAddress(word) : `${kind}.${word}`;
}

export function checkedAddress(word: string): Address {
  const address = parseAddress(word);
  if (address !== undefined) return address;
  throw usage(
    `\`${word}\` is no address: write it as ${declaredKinds.map((kind) => `${kind}.NAME`).join(', ')}`,
  );
}

export function wholeNumber(flag: string, text: string, least: number): number {
  const value = Number(text);
  if (/^[0-9]+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw usage(`${flag} takes a whole number from ${least}, not \`${text}\``);
}

export function usage(message: string): NovaError {
  return new NovaError('usage', message, { hint: '`nova help` lists commands and options' });
}
