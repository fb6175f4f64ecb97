/*
 * What is told of an error that nobody foresaw. Its message is somebody else's and may repeat what it was given: JSON.parse quotes
 * the text, a tool's error its input, a validator the value. So only what can hold no value of a secret is repeated.
 */

/** V8's and Node's own words, where they name parts of a program and nothing that it works on. */
const harmless = [
  /^Cannot (?:read|set) properties of (?:undefined|null) \((?:reading|setting) '[\w$#]{1,64}'\)$/,
  /^[\w$.()?[\]]{1,100} is not (?:a function|a constructor|iterable|defined)$/,
  /^(?:undefined|null|object null) is not (?:iterable|a function)(?: \(cannot read property Symbol\(Symbol\.iterator\)\))?$/,
  /^Cannot access '[\w$]{1,64}' before initialization$/,
  /^Assignment to constant variable\.$/,
  /^Maximum call stack size exceeded$/,
  /^Invalid (?:array|string) length$/,
  /^Array buffer allocation failed$/,
  /^(?:This|The) operation was aborted(?: due to timeout)?$/,
  /^fetch failed$/,
] as const;

/** What an error says, as far as it can be repeated; else what kind of error it is. */
export function wordsOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `what was thrown is no error but of type ${typeof thrown}`;
  const message = textIn(thrown, 'message');
  if (harmless.some((form) => form.test(message))) return message;
  if (isOfSystem(thrown)) return message;
  return `${kindOf(thrown)}${placeOf(thrown)}${invalidIn(thrown)}: its words are not shown, as they may repeat what it was given`;
}

/** `TypeError`, `Error ERR_INVALID_ARG_VALUE`: its class and its code. */
export function kindOf(error: Error): string {
  const name = textIn(error, 'name');
  const code = textIn(error, 'code');
  return [
    /^[A-Z][A-Za-z]{0,40}$/.test(name) ? name : 'Error',
    ...(/^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? [code] : []),
  ].join(' ');
}

/**
 * Frames of its stack, without what stands before them: an error's message is there too, and may look like frames. Only those of
 * this program, what it stands on, and Node.
 * @param root folder of the program, absolute, with a slash at its end
 */
export function framesOf(error: Error, root: string): readonly string[] {
  return stackOf(error)
    .map((line) => line.replace(root, '').replace(/\/\S*\/node_modules\//, 'node_modules/'))
    .filter((line) => !/[( ]\//.test(line));
}

function stackOf(error: Error): readonly string[] {
  const header = textIn(error, 'message').split('\n').length;
  const lines = textIn(error, 'stack').split('\n').slice(header);
  return lines.filter((line) => frame.test(line)).map((line) => line.replace('file://', ''));
}

const frame =
  /^ {4}at (?:(?:async |new )?[\w$.<>#[\] ]{1,120} \()?(?:<anonymous>|index \d+|(?:node:|file:\/\/\/|\/)[\w./@%+-]+:\d+:\d+)\)?$/;

/** Where in this program it is from. */
function placeOf(error: Error): string {
  const [own] = stackOf(error).flatMap((line) => inProgram.exec(line) ?? []);
  return own === undefined ? '' : ` at ${own}`;
}

const inProgram = /(?:schema|stateStore|reconcilers|controller)\/[\w./-]+:\d+:\d+/;

/** Errors of system calls name the call and files; those of SQLite tables and columns. */
function isOfSystem(error: Error): boolean {
  const code = textIn(error, 'code');
  if (textIn(error, 'name') !== 'Error') return false;
  if (code === 'ERR_SQLITE_ERROR' || code === 'ERR_MODULE_NOT_FOUND') return true;
  return /^E[A-Z0-9]{2,20}$/.test(code) && textIn(error, 'syscall') !== '';
}

/** Of a validator: where, and what kind of thing is wrong, never the value. */
function invalidIn(error: Error): string {
  const issues: unknown = (error as { readonly issues?: unknown }).issues;
  if (!Array.isArray(issues)) return '';
  const places = issues.flatMap((issue: { readonly path?: unknown; readonly code?: unknown }) => {
    const path = Array.isArray(issue.path) ? issue.path.map(String).join('.') : '';
    return /^[\w.-]{0,100}$/.test(path) && /^[a-z_]{1,40}$/.test(String(issue.code))
      ? [`${path} ${String(issue.code)}`]
      : [];
  });
  return places.length === 0 ? '' : ` (${places.slice(0, 5).join(', ')})`;
}

/** Whatever somebody has made of an error: a property of it as a text, empty when it is none. */
function textIn(error: Error, name: string): string {
  try {
    const value: unknown = Reflect.get(error, name);
    return typeof value === 'string' ? value : '';
  } catch {
    return '';
  }
}
