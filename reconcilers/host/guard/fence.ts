import type { LinkCommand } from '../host.ts';

/** A link as the kernel knows it: by an index that no other gets while the namespace lives. */
export interface KnownLink {
  readonly index: number;
  readonly name: string;
}

/**
 * Pure: those of a guard's commands that are about the links it was armed for, by the names that these have now. A link
 * that is gone is left out, and so is another one that has got its name.
 * @throws Error for a command that is about anything else: then nothing is done
 */
export function fenced(
  commands: readonly LinkCommand[],
  armed: readonly KnownLink[],
  present: readonly KnownLink[],
): readonly LinkCommand[] {
  const names = new Map(
    armed.map(({ index, name }) => [name, present.find((each) => each.index === index)?.name]),
  );
  return commands.flatMap((command) => {
    const { argv } = command;
    if (!isPlain(argv)) throw new Error(`a guard does not run: ip ${argv.join(' ')}`);
    const at = placesOfLinks(argv);
    const stranger = at.map((index) => argv[index] ?? '').find((name) => !names.has(name));
    if (stranger !== undefined) throw new Error(`a guard does not touch ${stranger}: ip ${argv.join(' ')}`);
    const words = argv.map((word, index) => (at.includes(index) ? names.get(word) : word));
    return words.every((word) => word !== undefined) ? [{ ...command, argv: words }] : [];
  });
}

/** What a guard has to do with: where a link belongs, whether it is up, its MTU, its addresses and its routes. */
function isPlain([object = '', verb = '', ...words]: readonly string[]): boolean {
  if (words.filter((word) => word === 'dev').length !== 1) return false;
  if (words.some((word) => !/^[\w.:/@%+-]+$/.test(word))) return false;
  if (object === 'address') return ['add', 'delete'].includes(verb);
  if (object === 'route') return ['replace', 'delete'].includes(verb);
  const [, , ...settings] = words;
  const known = /^(?:nomaster|up|down|(?:master \S+)|(?:mtu \d+))(?: (?:up|down|mtu \d+))*$/;
  return object === 'link' && verb === 'set' && words[0] === 'dev' && known.test(settings.join(' '));
}

function placesOfLinks(argv: readonly string[]): readonly number[] {
  return argv.flatMap((_, index) =>
    argv[index - 1] === 'dev' || argv[index - 1] === 'master' ? [index] : [],
  );
}
