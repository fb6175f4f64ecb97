import { resolve } from 'node:path';

import { NovaError } from '../../../schema/errors.ts';
import type { Files } from '../../../schema/files.ts';
import type { Address, Manifest } from '../../../schema/manifest.ts';
import { addTable } from '../../format/addTable.ts';
import type { Plan } from '../../plan/plan.ts';
import { localFiles, novaFileAt, readProject, readText } from '../../project.ts';
import { agreement } from '../agreement.ts';
import { exitCodes } from '../exitCodes.ts';
import { findOwner } from '../findOwner.ts';
import { loadWithSecrets, type LoadedProject, reportIssues } from '../loadManifest.ts';
import type { Invocation } from '../main.ts';
import { usage } from '../positionals.ts';
import { planOptions } from '../readOnly.ts';
import { replaceFile } from '../replaceFile.ts';
import { undertake } from '../undertake.ts';

/**
 * Adds a network to the NovaFile, shows the plan of the whole project and applies it. The file is written when the plan was
 * agreed to, before its first effect; a network that cannot be had changes nothing.
 */
export async function netCreate(invocation: Invocation, words: readonly string[]): Promise<number> {
  const [word = '', ...more] = words;
  const name = word.startsWith('network.') ? word.slice('network.'.length) : word;
  if (name === '' || more.length > 0)
    throw usage('`nova net create` takes the name of a network, and keys of its table as options');
  const { options, io } = invocation;
  const before = await readProject(options.file, options.choices);
  if (before.manifest === undefined) {
    await reportIssues(io, options, before);
    return exitCodes.error;
  }
  const address: Address = `network.${name}`;
  refuseDeclared(before.manifest, before.shownAs, address);
  const file = novaFileAt(resolve(options.file));
  const source = readText(file, before.shownAs);
  const text = await addTable(source, ['network', name], options.networkKeys);
  const asWritten: Files = {
    ...localFiles,
    read: (path) => (path === file ? { text, shownAs: before.shownAs } : localFiles.read(path)),
  };
  const changed: Invocation = { ...invocation, files: asWritten };
  const project = await loadWithSecrets(changed);
  if (project === undefined) {
    if (!options.json)
      io.err.write(`That is with ${address}, which was not added: ${before.shownAs} is as it was.\n`);
    return exitCodes.error;
  }
  const write = (): void => {
    if (readText(file, before.shownAs) !== source)
      throw new NovaError('plan.stale', `${before.shownAs} was changed after it was read`, {
        hint: 'it stays as it is now; run the same command again',
      });
    replaceFile(file, text);
    if (!options.json) io.out.write(`\n${address} is added to ${before.shownAs}.\n`);
  };
  return converge(changed, project, { refuse: (plan) => refuseProblems(plan, address), write });
}

async function converge(
  invocation: Invocation,
  project: LoadedProject,
  { refuse, write }: { readonly refuse: (plan: Plan) => void; readonly write: () => void },
): Promise<number> {
  const { options } = invocation;
  const { manifest, texts, pointing } = project;
  const owner = await findOwner(options, manifest.project);
  if (owner !== undefined)
    return (await import('../applyThrough.ts')).applyThrough(invocation, project, owner, {
      refuse,
      agreed: write,
    });
  const terms = planOptions(options, manifest);
  const agree = agreement(invocation, manifest, terms, 'apply');
  return undertake(invocation, {
    manifest,
    texts,
    pointing,
    verb: 'apply',
    planOptions: terms,
    place: options,
    agree: async (proposal) => {
      refuse(proposal.plan);
      await agree(proposal);
      write();
    },
  });
}

function refuseDeclared(manifest: Manifest, shownAs: string, address: Address): void {
  const found = manifest.resources.find((resource) => resource.address === address);
  if (found === undefined) return;
  throw new NovaError('schema.duplicate', `${address} is declared already`, {
    at: found.at,
    hint: `change its table in ${shownAs}, then \`nova apply\``,
  });
}

/** What else is wrong with the project is told and keeps nobody from it, as with `apply`. */
function refuseProblems(plan: Plan, address: Address): void {
  const [problem] = plan.resources.find((resource) => resource.address === address)?.problems ?? [];
  if (problem !== undefined) throw new NovaError(problem.code, problem.message, { hint: problem.hint });
}
