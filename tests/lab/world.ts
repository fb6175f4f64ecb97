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
  const command = ([name = '', ...rest]: readonly string[]): readonly string[] => {
    const where = ['--netns', netns, '--state-dir', own.stateDirectory, '--data-dir', own.dataDirectory];
    return ['node', `${programsInside}/controller/cli.js`, name, ...where, '-f', own.file, ...rest];
  };
  const with_ = (options: { env?: Record<string, string>; timeout?: number } = {}) => ({
    ...options,
    env: { ...options.env, NODE_COMPILE_CACHE: '/tmp/compiled' },
  });
  const world: LabWorld = {
    ...own,
    lab,
    netns,
    folder,
    scope,
    command,
    write: (text) => lab.write(own.file, text),
    read: async (path) => (await lab.read(path)) ?? absent(path),
    remove: (path) => lab.remove(path),
    writeAt: (path, text) => lab.write(path, text),
    nova: (argv, options) => lab.run(command(argv), with_(options)),
    novaMust: (argv, options) => lab.must(command(argv), with_(options)),
    drift: async () => {
      const { stdout, stderr } = await world.nova(['drift', '--json']);
      const { drift } = JSON.parse(stdout) as { drift?: Awaited<ReturnType<World['drift']>> };
      return drift ?? absent(`list in what drift reported: ${stdout}${stderr}`);
    },
    inside: (argv) => lab.must(['nsenter', `--net=/run/netns/${netns}`, ...argv]),
    state: async (inside) => {
      const of = JSON.stringify({
        words: [scope.id, netns],
        netns: inside === undefined ? [] : [netns],
        folders: [own.dataDirectory],
      });
      return JSON.parse(
        await lab.must(['node', `${programsInside}/tests/lab/inside/stateMain.js`, of]),
      ) as string[];
    },
    identity: (project, address) => identityOf(scope, project, address),
    [Symbol.asyncDispose]: async () => {
      await world.nova(['destroy', '--yes', '--delete-volumes']);
      await lab.must(['node', `${programsInside}/tests/lab/inside/goneMain.js`, JSON.stringify(scope)]);
      await lab.sh(`ip netns delete ${netns}; rm -rf ${folder}`);
    },
  };
  return world;
}

function absent(what: string): never {
  throw new Error(`in the lab, there is no ${what}`);
}
