import { NovaError } from '../../../schema/errors.ts';
import { createLocalView } from '../../../reconcilers/host/local.ts';
import { type NetworkTold, tellNetworks } from '../../netTold.ts';
import { survey } from '../../plan/survey.ts';
import { leasesJson, leasesTable, networkJson, networksTable, networkText } from '../../render/net.ts';
import { scopeAt } from '../../session.ts';
import { exitCodes } from '../exitCodes.ts';
import { writeJson } from '../io.ts';
import { loadWithSecrets } from '../loadManifest.ts';
import type { Invocation } from '../main.ts';
import { usage } from '../positionals.ts';
import { planReadOnly } from '../readOnly.ts';

type Run = (invocation: Invocation, words: readonly string[]) => Promise<number>;

const verbs: Readonly<Record<string, Run>> = {
  ls,
  show,
  leases,
  create: async (invocation, words) => (await import('./netCreate.ts')).netCreate(invocation, words),
};

/** Networks of the project: seen, and made. */
export async function net(invocation: Invocation): Promise<number> {
  const [verb = '', ...words] = invocation.options.words;
  const run = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  if (run === undefined) throw usage(`\`nova net\` takes ${Object.keys(verbs).join(', ')}`);
  return run(invocation, words);
}

/** Lists them. Changes nothing. */
async function ls(invocation: Invocation, words: readonly string[]): Promise<number> {
  if (words.length > 0)
    throw usage('`nova net ls` takes no more words; `nova net show` tells of one network');
  const networks = await look(invocation);
  if (networks === undefined) return exitCodes.error;
  const { options, io } = invocation;
  if (options.json) writeJson(io, { format_version: '1.0', networks: networks.map(networkJson) });
  else io.out.write(networks.length === 0 ? 'There are no networks.\n' : networksTable(networks));
  return exitCodes.done;
}

/** Tells everything of one. Changes nothing. */
async function show(invocation: Invocation, words: readonly string[]): Promise<number> {
  const [word, ...more] = words;
  if (word === undefined || more.length > 0)
    throw usage('`nova net show` takes the name of a network, as in `nova net show lan`');
  const networks = await look(invocation);
  if (networks === undefined) return exitCodes.error;
  const [network] = named(networks, [word]);
  const { options, io } = invocation;
  if (network === undefined) return exitCodes.error;
  if (options.json) writeJson(io, { format_version: '1.0', network: networkJson(network) });
  else io.out.write(networkText(network, Date.now()));
  return exitCodes.done;
}

/** Lists what DHCP has lent, on all networks or on those that are named. Changes nothing. */
async function leases(invocation: Invocation, words: readonly string[]): Promise<number> {
  const all = await look(invocation);
  if (all === undefined) return exitCodes.error;
  const networks = words.length === 0 ? all : named(all, words);
  const { options, io } = invocation;
  if (options.json) writeJson(io, { format_version: '1.0', leases: networks.flatMap(leasesJson) });
  else io.out.write(leasesTable(networks, Date.now()));
  return exitCodes.done;
}

async function look(invocation: Invocation): Promise<readonly NetworkTold[] | undefined> {
  const { options } = invocation;
  const project = await loadWithSecrets(invocation);
  if (project === undefined) return undefined;
  const { manifest } = project;
  const read = await planReadOnly(project, options, (view, wanted) => survey(view, wanted));
  const view = createLocalView({ scope: scopeAt(options), project: manifest.project });
  return tellNetworks(view, manifest, read, Date.now());
}

/** @throws NovaError `reference.missing` */
function named(networks: readonly NetworkTold[], words: readonly string[]): readonly NetworkTold[] {
  return words.map((word) => {
    const name = word.startsWith('network.') ? word.slice('network.'.length) : word;
    const found = networks.find((network) => network.name === name);
    if (found !== undefined) return found;
    const names = networks.map((network) => network.name).join(', ');
    throw new NovaError('reference.missing', `there is no network ${name}`, {
      hint: names === '' ? 'the NovaFile declares none, and none is left' : `there are ${names}`,
    });
  });
}
