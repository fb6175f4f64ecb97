import type { Address } from '../../schema/manifest.ts';
import { ownedAddress } from '../identity.ts';
import type { HostView } from '../host/host.ts';
import type { ImagePlace } from './place.ts';

/** Somebody who uses an image. */
export interface Use {
  readonly digest: string;
  /** For a person: `process 1234 (qemu-system-x86)`. */
  readonly who: string;
}

/**
 * Who uses an image now, by the paths that are in use: command lines of processes, layers of mounts, and what capsules and
 * disks at rest are based on.
 */
export async function usesOf(view: HostView, place: ImagePlace): Promise<readonly Use[]> {
  const [processes, mounts, bases] = await Promise.all([view.processes(), view.mounts(), basesIn(view)]);
  const texts = [
    ...[...processes.values()].map(
      ({ pid, argv }) => [`process ${pid} (${argv[0] ?? ''})`, argv.join('\n')] as const,
    ),
    ...[...mounts.values()].map(({ target, options }) => [`the mount at ${target}`, options] as const),
    ...bases,
  ];
  return texts.flatMap(([who, text]) => digestsIn(text, place).map((digest) => ({ who, digest })));
}

/** Files in which capsules and machines note what their data lies over. */
async function basesIn({ scope, list, read }: HostView): Promise<readonly (readonly [string, string])[]> {
  const [capsules, machines] = [`${scope.data}/containers`, `${scope.data}/vms`];
  const [ofCapsules = [], ofMachines = []] = await Promise.all([list(capsules), list(machines)]);
  const notes = [
    ...ofCapsules.filter((name) => !name.endsWith('.owner')).map((name) => `${capsules}/${name}/lower`),
    ...ofMachines.filter((name) => name.endsWith('.disk')).map((name) => `${machines}/${name}`),
  ];
  return Promise.all(
    notes.map(async (note) => [`the data noted in ${note}`, (await read(note)) ?? ''] as const),
  );
}

/**
 * The machines whose disks lie over an image. A machine keeps its disk when it is declared without one, so that what it
 * has written is not lost.
 */
export async function disksOver(view: HostView, place: ImagePlace): Promise<readonly Address[]> {
  const folder = `${view.scope.data}/vms`;
  const notes = ((await view.list(folder)) ?? []).filter((name) => name.endsWith('.disk'));
  const found = await Promise.all(
    notes.map(async (name) => {
      const [base, owner] = await Promise.all([
        view.read(`${folder}/${name}`),
        view.read(`${folder}/${name.slice(0, -'.disk'.length)}.owner`),
      ]);
      const address = ownedAddress(view, owner?.trim());
      return address !== undefined && digestsIn(base ?? '', place).length > 0 ? [address] : [];
    }),
  );
  return found.flat();
}

function digestsIn(text: string, { path }: ImagePlace): readonly string[] {
  return text
    .split(`${path}/`)
    .slice(1)
    .flatMap((rest) => /^[0-9a-f]{64}(?![0-9a-f])/.exec(rest)?.[0] ?? []);
}
