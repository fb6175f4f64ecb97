import { dirname } from 'node:path';

import { acts, type Outcome } from '../../../reconcilers/gpu/byHand.ts';
import { byHandProject } from '../../../reconcilers/gpu/record.ts';
import { createLocalHost } from '../../../reconcilers/host/local.ts';
import type { PciDevice } from '../../../reconcilers/host/pci/model.ts';
import { readPci } from '../../../reconcilers/host/pci/readPci.ts';
import { NovaError } from '../../../schema/errors.ts';
import { acquireLock } from '../../../stateStore/lock.ts';
import { gpuFormatVersion } from '../../render/gpuJson.ts';
import { table } from '../../render/table.ts';
import { refuseUnprivileged, scopeAt } from '../../session.ts';
import { exitCodes } from '../exitCodes.ts';
import { chosenDevices } from '../gpuFilter.ts';
import { writeJson } from '../io.ts';
import type { Invocation } from '../main.ts';

type Verb = keyof typeof acts;

/** `nova gpu bind`, `unbind` and `reset`: one card after the other, each told of; one that fails is no other's failure. */
export function gpuAct(verb: Verb) {
  return async (invocation: Invocation, words: readonly string[]): Promise<number> => {
    const { options, io } = invocation;
    const devices = chosenDevices(readPci(), words, options.filters);
    refuseUnprivileged();
    await agreeTo(invocation, verb, devices);
    const outcomes = await actOn(invocation, verb, devices);
    if (options.json) writeJson(io, { format_version: gpuFormatVersion, devices: outcomes });
    else io.out.write(report(outcomes));
    const failed = outcomes.some(({ outcome }) => outcome === 'refused' || outcome === 'failed');
    return failed ? exitCodes.error : exitCodes.done;
  };
}

async function actOn(
  { options }: Invocation,
  verb: Verb,
  devices: readonly PciDevice[],
): Promise<readonly Outcome[]> {
  const scope = scopeAt(options);
  const lock = await acquireLock({
    path: `${dirname(scope.run)}/gpu.lock`,
    owner: { pid: process.pid, command: `nova gpu ${verb}` },
    timeout: options.lockTimeout,
  });
  const host = createLocalHost({ scope, project: byHandProject, originals: inTheRecordAlone });
  try {
    const outcomes: Outcome[] = [];
    for (const device of devices) outcomes.push(await acts[verb](host, await host.view().pci(), device));
    return outcomes;
  } finally {
    await host.close();
    lock.release();
  }
}

/** No project, so no state: what the devices were stands in the record, which is gone with the machine's power as they are. */
const inTheRecordAlone = {
  borrow: (_key: string, original: string): string => original,
  giveBack: (): undefined => undefined,
  borrowed: () => [],
};

async function agreeTo(
  { io, options }: Invocation,
  verb: Verb,
  devices: readonly PciDevice[],
): Promise<void> {
  if (options.yes) return;
  const names = devices.map(({ address, driver }) => `${address} (${driver ?? 'no driver'})`).join(', ');
  const answer = await io.ask(`Do you want to ${verb} ${names}? Only \`yes\` is taken as a yes: `);
  if (answer?.trim() === 'yes') return;
  throw new NovaError(
    'plan.declined',
    answer === undefined ? 'nobody is there to agree to it' : 'it was not agreed to; nothing was changed',
    { hint: 'run it on a terminal, or agree beforehand with --yes' },
  );
}

function report(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ address, outcome, what, hint }) => [
    address,
    outcome,
    hint === undefined ? what : `${what}; ${hint}`,
  ]);
  return table(['DEVICE', 'OUTCOME', ''], rows);
}
