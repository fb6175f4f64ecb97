import { randomBytes } from 'node:crypto';

import { identityOf, scopeOf } from '../../reconcilers/identity.ts';
import type { World } from '../system/support/world.ts';
import type { Lab } from './connectLab.ts';
import { programsInside, sharesInside } from './machine/init.ts';

/** A host for Nova inside a lab, as `createWorld` makes one on this machine. Every path is one inside. */
export interface LabWorld extends World {
  readonly lab: Lab;
}

/** @param folder where its own one is made; `/tmp` is in memory */
export async function createLabWorld(lab: Lab, parent = '/tmp'): Promise<LabWorld> {
  const id = randomBytes(4).toString('hex');
  const [netns, folder] = [`nvt-${id}`, `${parent}/nova-test-${id}`];
  const own = {
    file: `${folder}/NovaFile.toml`,
    dataDirectory: `${folder}/data`,
    stateDirectory: `${folder}/state`,
  };
  const scope = scopeOf(netns, own.dataDirectory);
  await lab.sh(`
    mkdir -p ${own.dataDirectory}
    cp ${sharesInside.checkout}/examples/two-capsules/make-root.sh ${folder}
    ${folder}/make-root.sh
    ip netns add ${netns}
    ip -n ${netns} link set lo up`);
  const line = ([name = '', ...rest]: readonly string[]): readonly string[] => {
    const where = ['--netns', netns, '--state-dir', own.stateDirectory, '--data-dir', own.dataDirectory];
    return [name, ...where, '-f', own.file, ...rest];
  };
  const world: LabWorld = {
    ...own,
    lab,
    netns,
    folder,
    scope,
    command: (argv) => ['node', `${programsInside}/controller/cli.js`, ...line(argv)],
    write: (text) => lab.write(own.file, text),
    read: async (path) => (await lab.read(path)) ?? absent(path),
    remove: (path) => lab.remove(path),
    writeAt: (path, text) => lab.write(path, text),
    nova: (argv, options) => lab.nova(scope.id, line(argv), options),
    novaMust: async (argv, options) => {
      const { code, stdout, stderr } = await world.nova(argv, options);
      if (code !== 0)
        throw new Error(`in the lab, nova ${argv.join(' ')} ended with ${code}:\n${stderr}${stdout}`);
      return stdout;
    },
    drift: async () => {
      const { stdout, stderr } = await world.nova(['drift', '--json']);
      const { drift } = JSON.parse(stdout) as { drift?: Awaited<ReturnType<World['drift']>> };
      return drift ?? absent(`list in what drift reported: ${stdout}${stderr}`);
    },
    inside: (argv) => lab.must(['nsenter', `--net=/run/netns/${netns}`, ...argv]),
    state: (inside) =>
      lab.state({
        words: [scope.id, netns],
        netns: inside === undefined ? [] : [netns],
        folders: [own.dataDirectory],
      }),
    identity: (project, address) => identityOf(scope, project, address),
    // By force alone: a Nova that destroys takes seconds, and the lab is gone soon.
    [Symbol.asyncDispose]: async () => {
      await lab.leave(scope.id);
      await lab.gone(scope);
      await lab.sh(`
        awk -v folder=${folder}/ 'index($2, folder) == 1 { print $2 }' /proc/mounts | tac | xargs -r umount --lazy
        ip netns delete ${netns}
        rm -rf ${folder}`);
    },
  };
  return world;
}

function absent(what: string): never {
  throw new Error(`in the lab, there is no ${what}`);
}
