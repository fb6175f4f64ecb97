import { NovaError } from '../../../schema/errors.ts';
import { type Role, roles } from '../../../stateStore/accessState.ts';
import { openStateReader } from '../../../stateStore/reader.ts';
import { openStateStore } from '../../../stateStore/sqlite.ts';
import { createToken } from '../../api/tokens.ts';
import { table } from '../../render/table.ts';
import { exitCodes } from '../exitCodes.ts';
import { writeJson } from '../io.ts';
import type { Invocation } from '../main.ts';
import { usage } from '../positionals.ts';

/** `nova token add NAME --role ROLE`, `ls`, `rm NAME`: who may use the control API over the network. */
export async function token(invocation: Invocation): Promise<number> {
  const [verb, name, ...more] = invocation.options.words;
  if (verb === 'ls' && name === undefined) return list(invocation);
  if ((verb !== 'add' && verb !== 'rm') || name === undefined || more.length > 0)
    throw usage('write `nova token add NAME --role ROLE`, `nova token ls` or `nova token rm NAME`');
  return verb === 'add' ? add(invocation, name) : remove(invocation, name);
}

/** The token itself is shown this once: only its hash is kept. */
function add({ options, io }: Invocation, name: string): number {
  const role = roleFrom(options.following['role']);
  if (!/^[\w.@-]{1,64}$/.test(name))
    throw usage(`\`${name}\` cannot be the name of a token: letters, digits, \`_\`, \`.\`, \`@\` and \`-\``);
  const made = createToken(name, role, Date.now());
  using store = disposable(openStateStore({ directory: options.stateDirectory }));
  if (store.tokens().some((each) => each.name === name)) {
    throw new NovaError('usage', `there is a token ${name} already`, {
      hint: `\`nova token rm ${name}\` first`,
    });
  }
  store.putToken(made.row);
  store.addAudit({ ...audited('token add', name), detail: role });
  if (options.json) writeJson(io, { format_version: '1.0', name, role, token: made.token });
  else io.out.write(`${made.token}\n`);
  return exitCodes.done;
}

function remove({ options, io }: Invocation, name: string): number {
  using store = disposable(openStateStore({ directory: options.stateDirectory }));
  if (!store.dropToken(name))
    throw new NovaError('usage', `there is no token ${name}`, { hint: '`nova token ls` lists them' });
  store.addAudit({ ...audited('token rm', name), detail: '' });
  io.out.write(`${name} is not let in any more.\n`);
  return exitCodes.done;
}

function list({ options, io }: Invocation): number {
  const reader = openStateReader({ directory: options.stateDirectory });
  try {
    const tokens = reader.tokens();
    const told = tokens.map(({ name, role, since }) => ({
      name,
      role,
      since: new Date(since).toISOString(),
    }));
    if (options.json) writeJson(io, { format_version: '1.0', tokens: told });
    else
      io.out.write(
        table(
          ['NAME', 'ROLE', 'SINCE'],
          told.map(({ name, role, since }) => [name, role, since]),
        ),
      );
    return exitCodes.done;
  } finally {
    reader.close();
  }
}

function roleFrom(word: string | boolean | undefined): Role {
  const role = roles.find((each) => each === word);
  if (role !== undefined) return role;
  throw usage(`--role is one of ${roles.join(', ')}; each may also do what those before it may`);
}

function audited(action: string, subject: string) {
  const user = process.env['SUDO_USER'] ?? 'root';
  return { actor: `${user} at the machine`, action, subject, plan: undefined, outcome: 'done' } as const;
}

function disposable<T extends { close(): void }>(store: T): T & Disposable {
  return { ...store, [Symbol.dispose]: () => store.close() };
}
