import { spawn } from 'node:child_process';

import { NovaError } from '../../../schema/errors.ts';
import { folderOf } from '../../../schema/paths.ts';
import type { SecretSources } from '../../../schema/secret.ts';
import { defaultSources } from '../../../schema/secretsTable.ts';
import { sensitiveIn } from '../../../schema/sensitive.ts';
import { table } from '../../render/table.ts';
import { withMemoryFile } from '../../secrets/memoryFile.ts';
import { parseSecrets, printSecrets, readSecretsFile, type SecretValues } from '../../secrets/secretsFile.ts';
import { readIdentities } from '../../secrets/identities.ts';
import { openVault, type Vault } from '../../secrets/vault.ts';
import { exitCodes } from '../exitCodes.ts';
import { readHidden } from '../hiddenInput.ts';
import { writeJson } from '../io.ts';
import { type LoadedProject, loadManifest } from '../loadManifest.ts';
import type { Invocation } from '../main.ts';
import { usage } from '../positionals.ts';

/** `nova secret ls|set|edit|rekey`: the encrypted file beside a NovaFile. No value is ever an argument, or printed. */
export async function secret(invocation: Invocation): Promise<number> {
  const [verb = '', name, ...more] = invocation.options.words;
  const takesName = verb === 'set';
  if (!['ls', 'set', 'edit', 'rekey'].includes(verb))
    throw usage('`nova secret` takes one of ls, set, edit, rekey');
  if (takesName !== (name !== undefined) || more.length > 0)
    throw usage(
      'the forms are `nova secret set NAME`, `nova secret ls`, `edit` and `rekey`; a value is never an argument',
    );
  const project = await loadManifest(invocation);
  if (project === undefined) return exitCodes.error;
  const sources = project.manifest.secrets ?? defaultSources(folderOf(project.manifest.file));
  if (verb === 'ls') return list(invocation, project, sources);
  const vault = await openVault(sources, process.env, (file) =>
    invocation.io.err.write(
      `Made an identity in ${file}: keep a copy of it, nobody can read ${sources.file} without it.\n`,
    ),
  );
  if (name !== undefined) return set(invocation, vault, sources, name);
  if (verb === 'edit') return edit(invocation, vault, sources);
  await vault.write(printSecrets(vault.values));
  invocation.io.out.write(`${sources.file} is encrypted anew.\n`);
  return exitCodes.done;
}

async function set({ io }: Invocation, vault: Vault, sources: SecretSources, name: string): Promise<number> {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name))
    throw usage(`\`${name}\` is no name for a secret: letters, digits, _ and -`);
  const source = sources.from[name];
  if (source !== undefined) throw usage(`[secrets.from] says that ${name} comes from elsewhere`);
  const value = await readHidden(io, `Value of ${name}, which is not shown: `);
  if (value === '') throw usage('an empty value is a mistake; nothing was changed');
  await vault.write(printSecrets(new Map([...vault.values, [name, value]])));
  io.out.write(`${name} is set in ${sources.file}.\n`);
  return exitCodes.done;
}

/** As they are in the file, to be changed in an editor; only what can be read again is written. */
async function edit({ io }: Invocation, vault: Vault, sources: SecretSources): Promise<number> {
  const before = printSecrets(vault.values);
  let content = before === '' ? '# db-password = "…"\n' : before;
  let values: SecretValues | undefined;
  while (values === undefined) {
    content = await withMemoryFile('secrets.toml', content, openEditor);
    try {
      values = parseSecrets(content, 'what you wrote');
    } catch (error) {
      const answer = await io.ask(`${(error as Error).message}. Edit it again? [yes]: `);
      if (answer === undefined || /^n/i.test(answer.trim())) throw error;
    }
  }
  if (printSecrets(values) === before) io.out.write('Nothing was changed.\n');
  else {
    await vault.write(printSecrets(values));
    io.out.write(`${sources.file} is written.\n`);
  }
  return exitCodes.done;
}

/** Through a shell, as VISUAL and EDITOR may hold options; the path is an argument. */
function openEditor(path: string): Promise<void> {
  const editor = process.env['VISUAL'] || process.env['EDITOR'] || 'vi';
  const child = spawn('sh', ['-c', `${editor} "$1"`, 'sh', path], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    const failed = (how: string): void =>
      reject(
        new NovaError('usage', `${editor} ${how}; nothing was changed`, {
          hint: 'set EDITOR to an editor that is there',
        }),
      );
    child.on('error', (error) => failed(`cannot be started: ${error.message}`));
    child.on('close', (code) => (code === 0 ? resolve() : failed(`ended with ${code}`)));
  });
}

/** Names alone: which there are, where they come from, and who uses them. */
async function list(
  { io, options }: Invocation,
  { manifest }: LoadedProject,
  sources: SecretSources,
): Promise<number> {
  const inFile = await readSecretsFile(sources.file, () => readIdentities(sources, process.env));
  const users = Map.groupBy(
    manifest.resources.flatMap(({ address, spec }) =>
      sensitiveIn(spec).flatMap(({ secret: name, written }) => (written ? [] : [{ name, address }])),
    ),
    ({ name }) => name,
  );
  const names = [
    ...new Set([...(inFile?.keys() ?? []), ...Object.keys(sources.from), ...users.keys()]),
  ].toSorted();
  const listed = names.map((name) => {
    const used = [...new Set(users.get(name)?.map(({ address }) => address))];
    return { name, from: sourceOf(name, sources, inFile), used_by: used };
  });
  if (options.json) writeJson(io, { format_version: '1.0', file: sources.file, secrets: listed });
  else if (listed.length === 0) io.out.write('There are no secrets.\n');
  else
    io.out.write(
      table(
        ['NAME', 'FROM', 'USED BY'],
        listed.map(({ name, from, used_by: used }) => [name, from ?? '(missing)', used.join(', ') || '-']),
      ),
    );
  return exitCodes.done;
}

function sourceOf(
  name: string,
  { from, file }: SecretSources,
  inFile: SecretValues | undefined,
): string | null {
  const source = Object.hasOwn(from, name) ? from[name] : undefined;
  if (source !== undefined) return 'env' in source ? `environment variable ${source.env}` : source.path;
  return inFile?.has(name) === true ? file : null;
}
