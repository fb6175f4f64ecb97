import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createLocalHost } from '../../../reconcilers/host/local.ts';
import { type Scope, scopeOf } from '../../../reconcilers/identity.ts';
import { findDnsmasq } from '../../../reconcilers/network/findParts.ts';
import { placeOf, type Place } from '../../../reconcilers/network/place.ts';
import type { Dependencies, Observations, Step } from '../../../reconcilers/reconciler.ts';
import { network } from '../../../reconcilers/network/index.ts';
import type { NetworkSeen } from '../../../reconcilers/network/seen.ts';
import type { NetworkStep } from '../../../reconcilers/network/diff.ts';
import type { Address, Resource } from '../../../schema/manifest.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import { createMemoryStore } from '../../../stateStore/memory.ts';
import { sh } from '../support/shell.ts';

/** The real host in a network namespace of its own, and one network on it. */
export interface Lab extends AsyncDisposable {
  readonly scope: Scope;
  readonly place: Place;
  /** Processes that run, or claim to run, the network's dnsmasq. */
  dnsmasq(): Promise<readonly number[]>;
  readonly host: ReturnType<typeof createLocalHost>;
  /** Runs a command line of `sh` in the namespace; it must work. */
  inside(line: string): string;
  observe(spec: NetworkSpec | undefined): Promise<Observations<NetworkSeen>>;
  plan(spec: NetworkSpec | undefined): Promise<readonly NetworkStep[]>;
  run(steps: readonly NetworkStep[], spec: NetworkSpec | undefined): Promise<void>;
  /** Plans and runs; returns the steps. */
  apply(spec: NetworkSpec | undefined): Promise<readonly NetworkStep[]>;
  /** Why it does not work; undefined when it does. */
  unready(spec: NetworkSpec): Promise<string | undefined>;
}

export const address: Address = 'network.lan';

export const deps: Dependencies = { spec: () => undefined, outputs: () => undefined, ip: () => undefined };

export function declared(spec: NetworkSpec): Resource<'network'> {
  const at = { file: 'NovaFile.toml', line: 1, column: 1 };
  return { address, kind: 'network', name: 'lan', spec, at, dependsOn: [] };
}

export function idsOf(steps: readonly Step[]): readonly string[] {
  return steps.map(({ id }) => id);
}

export function createLab(project = 'demo'): Lab {
  const namespace = `nvt-${randomBytes(4).toString('hex')}`;
  const folder = mkdtempSync(join(tmpdir(), 'nova-test-'));
  const scope = scopeOf(namespace, folder);
  sh(`ip netns add ${namespace} && nsenter --net=/run/netns/${namespace} ip link set dev lo up`);
  const store = createMemoryStore();
  const host = createLocalHost({
    scope,
    project,
    originals: {
      borrow: (key, original, user) => store.borrow(scope.id, key, original, user),
      giveBack: (key, user) => store.giveBack(scope.id, key, user),
      borrowed: () => store.borrowed(scope.id),
    },
  });
  const place = placeOf(scope, project, address);
  const { signal } = new AbortController();
  const observe = (spec: NetworkSpec | undefined) =>
    network.observe(host.view(), spec === undefined ? [] : [declared(spec)]);
  const seenNow = async (spec: NetworkSpec | undefined): Promise<NetworkSeen | undefined> => {
    const { wanted, strays } = await observe(spec);
    if (spec === undefined) return strays.get(address);
    const observation = wanted.get(address);
    if (observation?.status === 'foreign') throw new Error(observation.why);
    return observation?.status === 'present' ? observation.seen : undefined;
  };
  const lab: Lab = {
    scope,
    place,
    host,
    inside: (line) => sh(line, namespace),
    dnsmasq: async () => findDnsmasq(await host.view().processes(), place).map(({ pid }) => pid),
    observe,
    plan: async (spec) =>
      network.diff({ address, resource: spec && declared(spec), seen: await seenNow(spec), deps }),
    run: async (steps, spec) => {
      const resource = spec && declared(spec);
      for (const step of steps)
        await network.converge(host, { address, step, resource, seen: undefined, deps }, signal);
    },
    apply: async (spec) => {
      const steps = await lab.plan(spec);
      await lab.run(steps, spec);
      return steps;
    },
    unready: async (spec) => {
      const seen = await seenNow(spec);
      if (seen === undefined) return 'it is not there';
      const { ready, why } = await network.ready(host, declared(spec), seen, deps, signal);
      return ready ? undefined : (why ?? 'no reason given');
    },
    [Symbol.asyncDispose]: async () => {
      await host.cgroups.kill(`/nova/${scope.id}`, signal);
      await host.cgroups.remove(`/nova/${scope.id}`);
      await host.close();
      sh(`ip netns delete ${namespace}`);
      rmSync(folder, { recursive: true });
      rmSync(scope.run, { recursive: true, force: true });
      removeIfEmpty('/run/nova');
    },
  };
  return lab;
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Another test is at work.
  }
}
