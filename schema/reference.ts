import { formValues } from './valueReference.ts';
import { keysOf, type Key } from './keys.ts';
import { declaredKinds } from './kinds.ts';
import type { Change } from './key.ts';
import type { Kind } from './manifest.ts';
import { defaultOf, isOptional } from './shape.ts';
import { topLevel } from './topLevel.ts';
import { typeWords } from './typeWords.ts';

/** Whether this version only reads a key, and refuses it when planning. */
export type IsUnbuilt = (kind: Kind, label: string) => boolean;

/** Everything that a NovaFile can say, as Markdown, made of what is said of each key where it is read. */
export function referenceOf(isUnbuilt: IsUnbuilt): string {
  const parts = [
    introduction,
    topLevelPart(),
    valuesPart(),
    ...declaredKinds.map((kind) => kindPart(kind, isUnbuilt)),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** The part of one kind. */
export function kindReferenceOf(kind: Kind, isUnbuilt: IsUnbuilt): string {
  return `${kindPart(kind, isUnbuilt)}\n`;
}

const introduction = `# What a NovaFile can say

Made by \`nova schema docs\`; edits here are lost. \`nova schema json\` prints the same as a JSON Schema for editors.

A key that is not listed is refused. What is marked *not built yet* is read and checked; \`nova validate\` warns of it, and
\`nova plan\` refuses the resource that says it.`;

function topLevelPart(): string {
  const keys = Object.entries(topLevel).map(([name, { what, example }]) => {
    return `### \`${name}\`\n\n${what}\n\n${fenced(example)}`;
  });
  return ['## The top level', ...keys, forEach].join('\n\n');
}

const forEach = `## \`for_each\`, in every table

Makes one table stand for several resources, one for each key of a table or text of an array, called \`NAME-KEY\`.
\`\${each.key}\` and \`\${each.value}\` tell them apart.

${fenced('for_each = { a = { port = 8001 }, b = { port = 8002 } }')}`;

function valuesPart(): string {
  const rows = formValues.map(({ name, what }) => `| ${name} | ${what} |`);
  return ['## Values', ['| value | how it is written |', '|---|---|', ...rows].join('\n')].join('\n\n');
}

function kindPart(kind: Kind, isUnbuilt: IsUnbuilt): string {
  const whole = isUnbuilt(kind, '') ? ['*Not built yet.*'] : [];
  const keys = keysOf(kind).map((key) => keyPart(key, whole.length === 0 && isUnbuilt(kind, key.label)));
  return [`## \`[${kind}.NAME]\``, about[kind], ...whole, ...keys].join('\n\n');
}

const about: Readonly<Record<Kind, string>> = {
  network: 'A network, its addresses and names, and who may reach whom.',
  volume: 'Data that outlives whoever uses it.',
  image: 'What capsules and machines are made of. An image is made anew when what it is made of changes.',
  gpu: 'A GPU, or another PCI device that is handed over as one is.',
  container: 'A capsule: an OCI container.',
  vm: 'A virtual machine.',
};

function keyPart({ label, path, schema, doc }: Key, unbuilt: boolean): string {
  const { what = '', unit, without, change, note, example = '' } = doc ?? {};
  const effect =
    change === undefined
      ? []
      : [`- changing it: ${effects[change]}${note === undefined ? '' : `. ${note.replace(/\.$/, '')}`}`];
  const facts = [
    `- ${typeWords(schema)}${unit === undefined ? '' : `, in ${unit}`}`,
    `- ${defaultWords(schema, without)}`,
    ...effect,
  ];
  const head = `${'#'.repeat(Math.min(6, 2 + path.length))} \`${label}\``;
  return [head, `${what}${unbuilt ? ' *Not built yet.*' : ''}`, facts.join('\n'), fenced(example)].join(
    '\n\n',
  );
}

const effects: Readonly<Record<Change, string>> = {
  live: 'nothing restarts',
  restart: 'it is restarted',
  replace: 'it is replaced',
  'data-loss': 'it is replaced, and data is lost',
};

function defaultWords(schema: Key['schema'], without: string | undefined): string {
  if (without !== undefined) return `default: ${without}`;
  const value = defaultOf(schema);
  if (value !== undefined) return `default: \`${written(value)}\``;
  return isOptional(schema) ? 'may be left out' : 'required';
}

function written(value: unknown): string {
  return typeof value === 'object' && !Array.isArray(value) ? '{}' : JSON.stringify(value);
}

function fenced(example: string): string {
  return ['```toml', example, '```'].join('\n');
}
