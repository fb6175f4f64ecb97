import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { must, run } from '../measure.ts';
import { subnetOf } from './novaFile.ts';

/** The same networks as a person makes them who knows how to be quick: everything is written before the clock runs. */
export interface ByHand extends AsyncDisposable {
  create(): Promise<void>;
  delete(): Promise<void>;
}

/** One `ip -batch`, one `nft -f`, and a shell that starts dnsmasq for each; in a namespace of its own. */
export async function networksByHand(netns: string, count: number): Promise<ByHand> {
  const folder = await mkdtemp(join(tmpdir(), 'nova-bench-'));
  const numbers = Array.from({ length: count }, (_, index) => index);
  const inside = ['nsenter', `--net=/run/netns/${netns}`];
  const lines = (each: (index: number) => readonly string[]): string =>
    `${numbers.flatMap((index) => each(index)).join('\n')}\n`;
  await mkdir(join(folder, 'pids'));
  await writeFile(
    join(folder, 'create'),
    lines((n) => [
      `link add name h${n} type bridge`,
      `address add ${subnetOf(n)}.1/24 dev h${n}`,
      `link set h${n} up`,
    ]),
  );
  await writeFile(
    join(folder, 'delete'),
    lines((n) => [`link delete h${n}`]),
  );
  await writeFile(
    join(folder, 'rules'),
    `table inet hand { chain post { type nat hook postrouting priority 100;
${lines((n) => [`ip saddr ${subnetOf(n)}.0/24 oifname != h${n} masquerade`])}}\n}\n`,
  );
  for (const n of numbers) await writeFile(join(folder, `${n}.conf`), configOf(folder, n));
  const all = 'for conf in "$1"/*.conf; do dnsmasq --conf-file="$conf" || exit 1; done';
  await must(['ip', 'netns', 'add', netns]);
  await must([...inside, 'ip', 'link', 'set', 'dev', 'lo', 'up']);
  const end = async (): Promise<void> => {
    const pids = join(folder, 'pids');
    for (const name of await readdir(pids)) {
      process.kill(Number(await readFile(join(pids, name), 'utf8')), 'SIGKILL');
      await rm(join(pids, name));
    }
  };
  return {
    create: async () => {
      await must([...inside, 'ip', '-batch', join(folder, 'create')]);
      await must([...inside, 'nft', '-f', join(folder, 'rules')]);
      await must([...inside, 'sh', '-c', all, 'sh', folder]);
    },
    delete: async () => {
      await end();
      await must([...inside, 'nft', 'delete', 'table', 'inet', 'hand']);
      await must([...inside, 'ip', '-batch', join(folder, 'delete')]);
    },
    [Symbol.asyncDispose]: async () => {
      await end();
      await run(['ip', 'netns', 'delete', netns]);
      await rm(folder, { recursive: true });
    },
  };
}

function configOf(folder: string, n: number): string {
  return [
    `interface=h${n}`,
    'except-interface=lo',
    'bind-dynamic',
    'no-hosts',
    `domain=n${n}.internal`,
    `pid-file=${join(folder, 'pids', String(n))}`,
    '',
  ].join('\n');
}
