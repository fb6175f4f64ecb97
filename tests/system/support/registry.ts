import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { must, run } from './shell.ts';
import type { World } from './world.ts';

/** A registry at an address of a world's namespace, which is made for it. It speaks plain HTTP. */
export interface TestRegistry extends AsyncDisposable {
  /** As in a reference: `10.90.0.1:5000`. */
  readonly host: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Puts the image of a layout under a name and tag; returns the digest of its manifest. */
  push(layout: string, name: string): Promise<string>;
  /** Digests of blobs and manifests that were fetched, in this order, since it was made. */
  fetched(): Promise<readonly string[]>;
  /** The file in which it keeps a blob. */
  blob(digest: string): string;
}

const ip = '10.90.0.1';

export async function createRegistry({ netns, folder }: World): Promise<TestRegistry> {
  const host = `${ip}:5000`;
  const own = join(folder, 'registry');
  const log = join(own, 'log');
  const enter = ['nsenter', `--net=/run/netns/${netns}`];
  await run(['ip', 'netns', 'add', netns]);
  await must(['ip', '-n', netns, 'link', 'set', 'lo', 'up']);
  await must(['ip', '-n', netns, 'addr', 'add', `${ip}/32`, 'dev', 'lo']);
  await mkdir(own);
  const storage = `storage: { filesystem: { rootdirectory: ${own}/store }, delete: { enabled: true } }`;
  await writeFile(
    join(own, 'config.yml'),
    `version: 0.1\nlog: { accesslog: { disabled: false }, level: error }\n${storage}\nhttp: { addr: "${host}" }\n`,
  );
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const output = openSync(log, 'a');
    const argv = ['docker-registry', 'serve', join(own, 'config.yml')];
    child = spawn('nsenter', [...enter.slice(1), ...argv], { stdio: ['ignore', output, output] });
    closeSync(output);
    const asked = () => run([...enter, 'curl', '--silent', '--fail', `http://${host}/v2/`]);
    for (let attempt = 0; (await asked()).code !== 0; attempt += 1) {
      if (attempt === 200) throw new Error(`the registry does not answer: ${await readFile(log, 'utf8')}`);
      await sleep(100);
    }
  };
  const stop = async (): Promise<void> => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    host,
    start,
    stop,
    push: async (layout, name) => {
      const digests = join(own, 'digest');
      const words = ['--quiet', '--dest-tls-verify=false', '--digestfile', digests];
      await must([...enter, 'skopeo', 'copy', ...words, `oci:${layout}:latest`, `docker://${host}/${name}`]);
      return (await readFile(digests, 'utf8')).trim().slice('sha256:'.length);
    },
    fetched: async () =>
      [
        ...(await readFile(log, 'utf8')).matchAll(/"GET \/v2\/\S+\/blobs\/sha256:([0-9a-f]{64}) \S+" 200/g),
      ].map(([, digest = '']) => digest),
    blob: (digest) => `${own}/store/docker/registry/v2/blobs/sha256/${digest.slice(0, 2)}/${digest}/data`,
    [Symbol.asyncDispose]: async () => {
      await stop();
      await rm(own, { recursive: true, force: true });
    },
  };
}
