import { randomBytes } from 'node:crypto';

import type { Lab } from './connectLab.ts';
import type { Ended, RunRequest } from './inside/protocol.ts';

type RunOptions = Partial<Omit<RunRequest, 'do' | 'argv'>>;

/** A part of the lab for one test: what runs there is in its network namespace and its control group. */
export interface Place extends AsyncDisposable {
  readonly netns: string;
  /** Its folder in the unified hierarchy, empty at the start. */
  readonly cgroup: string;
  readonly folder: string;
  run(argv: readonly string[], options?: RunOptions): Promise<Ended>;
  /** A script of `sh` that ends at the first error, and must work; returns what it printed. */
  sh(script: string, options?: RunOptions): Promise<string>;
}

export async function createPlace(lab: Lab): Promise<Place> {
  const name = `place-${randomBytes(4).toString('hex')}`;
  const cgroup = `/sys/fs/cgroup/${name}`;
  const folder = `/tmp/${name}`;
  await lab.sh(`mkdir ${cgroup} ${folder}; ip netns add ${name}; ip -n ${name} link set lo up`);
  const enter = ['sh', '-c', join, 'sh', `${cgroup}/cgroup.procs`, `/run/netns/${name}`];
  const place: Place = {
    netns: name,
    cgroup,
    folder,
    run: (argv, options) => lab.run([...enter, ...argv], { cwd: folder, ...options }),
    sh: async (script, options) => {
      const { code, stdout, stderr } = await place.run(['sh', '-ec', script], options);
      if (code !== 0)
        throw new Error(`in the lab, a script ended with ${code}:\n${script}\n${stderr}${stdout}`);
      return stdout;
    },
    [Symbol.asyncDispose]: async () => {
      await lab.sh(remove, { env: { CGROUP: cgroup, FOLDER: folder, NETNS: name } });
    },
  };
  return place;
}

const join = 'echo 0 > "$1" && netns=$2 && shift 2 && exec nsenter --net="$netns" "$@"';

/** A control group takes a moment to be empty. */
const remove = `
echo 1 > $CGROUP/cgroup.kill
while grep -q 'populated 1' $CGROUP/cgroup.events; do sleep 0.05; done
find $CGROUP -depth -type d -exec rmdir {} +
ip netns delete $NETNS
rm -rf $FOLDER
`;
