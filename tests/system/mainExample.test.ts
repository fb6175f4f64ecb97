import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { theOneSuitable } from '../../reconcilers/gpu/select.ts';
import { readPci } from '../../reconcilers/host/pci/readPci.ts';
import { must } from './support/shell.ts';
import { createWorld, type World } from './support/world.ts';

const example = fileURLToPath(new URL('../../fixtures/novafiles/good/devLab.toml', import.meta.url));

let world: World;

beforeAll(async () => {
  world = await createWorld();
  await world.write(await readFile(example, 'utf8'));
  // What it mounts; the interface and the image that it names are not there.
  await mkdir(join(world.folder, 'api'));
  await must(['ip', 'netns', 'add', world.netns]);
  await world.inside(['ip', 'link', 'set', 'lo', 'up']);
  await world.inside(['ip', 'link', 'add', 'wan0', 'type', 'veth', 'peer', 'name', 'wan1']);
});

afterAll(async () => world[Symbol.asyncDispose]());

/** Why this host has no GPU for it; `[]` where it has one. */
const suitable = theOneSuitable(readPci());
const noGpu = 'issue' in suitable ? [suitable.issue.message] : [];

it('validates, with a warning for all that is not built yet', async () => {
  const { code, stdout, stderr } = await world.nova(['validate']);
  expect(code).toBe(0);
  expect(stdout).toContain('is valid');
  expect(stderr).toMatch(/network\.nova-net: overlays with the driver quic are not built yet/);
  expect(stderr.match(/is valid|not built yet/g)).toEqual(['not built yet']);
});

it('is planned on a host without the interface and the image: exactly they are told, and the rest is shown', async () => {
  const { code, stdout } = await world.nova(['plan', '--json']);
  expect(code).toBe(1);
  const plan = JSON.parse(stdout) as {
    readonly issues: readonly {
      readonly message: string;
      readonly hint: string;
      readonly line: number;
      readonly column: number;
      readonly end_column: number;
    }[];
    readonly resource_changes: readonly {
      readonly address: string;
      readonly change: { readonly actions: readonly string[] };
    }[];
  };
  const told = plan.issues;
  const lacking = [
    'network.nova-net: overlays with the driver quic are not built yet',
    'there is no file /var/lib/nova/images/win11.qcow2',
    'this host has no interface enp6s0',
    ...noGpu,
  ];
  expect(told.map(({ message }) => message).toSorted()).toEqual(lacking.toSorted());
  expect(told.find(({ message }) => message.includes('enp6s0'))?.hint).toBe('it has wan0, wan1');
  const lines = (await readFile(example, 'utf8')).split('\n');
  const tokens = told.map(({ line, column, end_column: end }) => lines[line - 1]?.slice(column - 1, end - 1));
  const places = ['"/var/lib/nova/images/win11.qcow2"', '"enp6s0"', '"quic"', ...noGpu.map(() => 'true')];
  expect(new Set(tokens)).toEqual(new Set(places));
  const created = plan.resource_changes.filter(({ change }) => change.actions.includes('create'));
  expect(created.map(({ address }) => address).toSorted()).toEqual(['container.api', 'image.ubuntu:22.04']);
});
