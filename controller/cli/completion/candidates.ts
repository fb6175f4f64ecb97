import { declaredKinds } from '../../../schema/kinds.ts';
import type { Address } from '../../../schema/manifest.ts';
import { type Command, commands } from '../args.ts';
import { formatsOf } from '../formats.ts';
import { commandWords, optionWords, type Word } from './helpWords.ts';
import { shells } from './scripts.ts';

/** What depends on the machine and on the NovaFile. */
export interface Surroundings {
  /** Addresses that the NovaFile declares; `file` is what `-f` says. */
  readonly addresses: (file: string | undefined) => Promise<readonly Address[]>;
  readonly namespaces: () => readonly string[];
}

/**
 * What the last of the words may become. Nothing: a file, which the shell knows best.
 * @param line the words after `nova`, as typed; the last one is being typed, perhaps empty
 */
export async function candidates(line: readonly string[], around: Surroundings): Promise<readonly Word[]> {
  // bash takes `--target=vm.db` for three words.
  const words = line.filter((word, index) => word !== '=' || index === line.length - 1);
  const current = words.at(-1) === '=' ? '' : (words.at(-1) ?? '');
  const before = words.slice(0, -1);
  if (before.includes('--')) return [];
  const all = await possible(before, current, around);
  return all.filter(({ word }) => word.startsWith(current));
}

async function possible(
  before: readonly string[],
  current: string,
  around: Surroundings,
): Promise<readonly Word[]> {
  const { positionals, file } = sorted(before);
  const [command, ...rest] = positionals;
  const value = valueOf(before.at(-1));
  if (value === 'FORMAT') return plain(command !== undefined && isCommand(command) ? formatsOf(command) : []);
  if (value !== undefined) return valueWords(value, file, around);
  if (current.startsWith('-')) return [...optionWords, { word: '--help', about: 'what there is' }];
  if (command === undefined) return [...commandWords, { word: 'help', about: 'what there is' }];
  return isCommand(command) ? subjectWords(command, rest, file, around) : [];
}

/** Words that are neither options nor their values, and the NovaFile. */
function sorted(words: readonly string[]) {
  const positionals = words.filter(
    (word, index) => !word.startsWith('-') && valueOf(words[index - 1]) === undefined,
  );
  const file = words.find((_, index) => ['-f', '--file'].includes(words[index - 1] ?? ''));
  const joined = words.find((word) => word.startsWith('--file='))?.slice('--file='.length);
  return { positionals, file: file ?? joined };
}

/** What the option before a word takes. */
function valueOf(option: string | undefined): string | undefined {
  return optionWords.find(({ word, short }) => option !== undefined && [word, short].includes(option))?.value;
}

async function valueWords(
  value: string,
  file: string | undefined,
  around: Surroundings,
): Promise<readonly Word[]> {
  if (value === 'ADDRESS') return plain(await around.addresses(file));
  return value === 'NAME' ? plain(around.namespaces()) : [];
}

/** What each command is about; the others take a file. */
async function subjectWords(
  command: Command,
  rest: readonly string[],
  file: string | undefined,
  around: Surroundings,
): Promise<readonly Word[]> {
  const addresses = async (...kinds: readonly string[]): Promise<readonly Word[]> => {
    const all = await around.addresses(file);
    const left = all.filter((address) => !rest.includes(address));
    return plain(
      kinds.length === 0 ? left : left.filter((address) => kinds.includes(address.split('.')[0] ?? '')),
    );
  };
  const one = rest.length === 0;
  switch (command) {
    case 'run':
      return one ? addresses() : [];
    case 'stop':
    case 'start':
    case 'restart':
      return addresses('container', 'vm');
    case 'logs':
    case 'exec':
      return one ? addresses('container') : [];
    case 'console':
      return one ? addresses('vm') : [];
    case 'secret':
      return one ? plain(['set', 'ls', 'edit', 'rekey']) : [];
    case 'gpu':
      return one ? plain(['ls', 'info', 'diagnose', 'bind', 'unbind', 'reset']) : [];
    case 'net':
      if (one) return plain(['ls', 'show', 'leases', 'create']);
      return rest[0] === 'show' || rest[0] === 'leases' ? addresses('network') : [];
    case 'schema':
      if (one) return plain(['docs', 'json']);
      return rest.length === 2 && rest[0] === 'docs' ? plain(declaredKinds) : [];
    case 'completion':
      return one ? plain(shells) : [];
    default:
      return [];
  }
}

function plain(words: readonly string[]): readonly Word[] {
  return words.map((word) => ({ word, about: '' }));
}

function isCommand(word: string): word is Command {
  return (commands as readonly string[]).includes(word);
}
