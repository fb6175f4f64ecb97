import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { connectQmp, type QmpClient } from '../../../reconcilers/host/qmpClient.ts';
import { queryPeripherals } from '../../../reconcilers/host/qmp.ts';
import { linkName } from '../../../reconcilers/identity.ts';
import { vmPaths, type VmPaths } from '../../../reconcilers/vm/paths.ts';
import { makeTinyGuest, type TinyGuest } from '../support/tinyGuest.ts';
import { createWorld, type World } from '../support/world.ts';

/** A world with a machine `box` in its NovaFile, and a capsule that has fetched a page from it. */
export interface Lab {
  readonly world: World;
  readonly guest: TinyGuest;
  readonly paths: VmPaths;
  /** Name of the machine's TAP. */
  readonly tap: string;
  /** Process ids of every QEMU that bears the machine's identity. */
  pids(): Promise<readonly number[]>;
  /** The only one. */
  pid(): Promise<number>;
  /** What the machine has printed since it was started. */
  console(): Promise<string>;
  /** Speaks to QEMU, as a person would. */
  qmp(execute: string, given?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Names of what QEMU has plugged in; undefined when it does not answer in time. */
  peripherals(): Promise<readonly string[] | undefined>;
  /** Holds QEMU's socket, so that it answers nobody else. */
  hold(): Promise<QmpClient>;
  /** What the capsule gets from the machine, asked by name. */
  page(): Promise<string>;
}

export async function createLab(): Promise<Lab> {
  const world = await createWorld();
  const guest = await makeTinyGuest(world.folder);
  // A comma and a blank: what would end a value in an option of QEMU.
  for (const name of ['empty, 1.raw', 'other.raw']) {
    await writeFile(join(world.folder, name), '');
    await truncate(join(world.folder, name), 8 * 2 ** 20);
  }
  const identity = world.identity('demo', 'vm.box');
  const paths = vmPaths(world.scope, identity);
  const pids = () => qemusOf(identity);
  return {
    world,
    guest,
    paths,
    tap: linkName(identity),
    pids,
    pid: async () => {
      const [pid, ...more] = await pids();
      if (pid === undefined || more.length > 0)
        throw new Error(`there are ${more.length + (pid ? 1 : 0)} QEMUs`);
      return pid;
    },
    console: () => readFile(paths.log, 'utf8'),
    qmp: async (execute, given = {}) => {
      const client = await connectQmp(paths.qmp, 5_000);
      await client.execute({ execute, arguments: given }, 5_000).finally(() => client.close());
    },
    peripherals: () => queryPeripherals(paths.qmp),
    hold: () => connectQmp(paths.qmp, 5_000),
    page: () =>
      world.novaMust(['exec', 'visitor', '--', 'timeout', '30', 'wget', '-q', '-O', '-', 'http://box/']),
  };
}

/** Process ids of every QEMU that bears an identity. */
export async function qemusOf(identity: string): Promise<readonly number[]> {
  const names = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const words = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).split('\0');
      return words[0]?.includes('qemu-system') === true && words.includes(identity) ? [Number(name)] : [];
    }),
  );
  return found.flat();
}

export function novaFile({ kernel, initrd }: TinyGuest): string {
  return `
project = "demo"

[network.lan]
subnet = "192.168.77.1/24"

[vm.box]
image = "./empty, 1.raw"
boot = { kernel = "${kernel}", initrd = "${initrd}", cmdline = "console=ttyS0 quiet" }
memory = "128Mi"
network = "lan"
probe = { http = ":80/" }
stop_timeout = 8

[container.visitor]
capsule = "./root"
command = ["sh", "-c", "wget -q -O - http://box/ && exec sleep 100000"]
network = "lan"
depends_on = ["vm.box"]
restart = "never"
stop_timeout = 1
`;
}
