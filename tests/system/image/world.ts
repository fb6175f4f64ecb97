import { mkdtempSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'vitest';

import { createLocalHost } from '../../../reconcilers/host/local.ts';
import { scopeOf } from '../../../reconcilers/identity.ts';
import type { ImageSeen } from '../../../reconcilers/image/seen.ts';
import { image } from '../../../reconcilers/image/index.ts';
import type { Dependencies, Observation } from '../../../reconcilers/reconciler.ts';
import type { ImageSpec } from '../../../schema/image.ts';
import type { Resource } from '../../../schema/manifest.ts';

const deps: Dependencies = { spec: () => undefined, outputs: () => undefined, ip: () => undefined };

/** One image of one project on this machine, in a folder of its own: `$F` in command lines. */
export function imageWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'nova-test-'));
  const scope = scopeOf(undefined, join(folder, 'data'));
  const originals = {
    borrow: (_key: string, original: string) => original,
    giveBack: () => undefined,
    borrowed: () => [],
  };
  const host = createLocalHost({ scope, project: 'demo', originals });
  const resourceOf = (spec: ImageSpec): Resource<'image'> => ({
    address: 'image.base',
    kind: 'image',
    name: 'base',
    spec,
    at: { file: 'NovaFile.toml', line: 1, column: 1 },
    dependsOn: [],
  });

  const observe = async (spec: ImageSpec): Promise<Observation<ImageSeen> | undefined> =>
    (await image.observe(host.view(), [resourceOf(spec)])).wanted.get('image.base');
  const seen = async (spec: ImageSpec | undefined): Promise<ImageSeen | undefined> => {
    if (spec === undefined) return (await image.observe(host.view(), [])).strays.get('image.base');
    const observation = await observe(spec);
    expect(observation?.problems ?? []).toEqual([]);
    return observation !== undefined && 'seen' in observation ? observation.seen : undefined;
  };
  const plan = async (spec: ImageSpec | undefined) => {
    const resource = spec && resourceOf(spec);
    return image.diff({ address: 'image.base', resource, seen: await seen(spec), deps });
  };
  return {
    folder,
    host,
    observe,
    plan,
    /** Runs each step twice; the names of the steps. */
    async apply(spec: ImageSpec | undefined): Promise<readonly string[]> {
      const steps = await plan(spec);
      const resource = spec && resourceOf(spec);
      for (const step of [...steps, ...steps])
        await image.converge(
          host,
          { address: 'image.base', step, resource, seen: undefined, deps },
          new AbortController().signal,
        );
      return steps.map(({ id }) => id);
    },
    async outputs(spec: ImageSpec) {
      return image.outputs(resourceOf(spec), await seen(spec), deps);
    },
    async problems(spec: ImageSpec) {
      return ((await observe(spec))?.problems ?? []).map(({ code, message }) => `${code}: ${message}`);
    },
    sh(line: string): string {
      const { status, stdout, stderr } = spawnSync('sh', ['-ec', line], {
        encoding: 'utf8',
        env: { ...process.env, F: folder },
      });
      expect(status, stderr).toBe(0);
      return stdout;
    },
    async close() {
      await host.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export type ImageWorld = ReturnType<typeof imageWorld>;
