import { afterAll, beforeAll, expect, it } from 'vitest';

import { readPci } from '../../reconcilers/host/pci/readPci.ts';
import { must } from './support/shell.ts';
import { createWorld, type World } from './support/world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

afterAll(async () => world[Symbol.asyncDispose]());

interface Told {
  readonly format_version: string;
  readonly gpus: readonly { readonly address: string; readonly class: string; readonly state: string }[];
}

it('lists the GPUs that lspci lists, and diagnoses just those', async () => {
  const listed = (await must(['lspci', '-Dn'])).split('\n').filter((line) => / (03|12)\d\d: /.test(line));
  const addresses = listed.filter((line) => !/ 1a03:| 102b:05/.test(line)).map((line) => line.split(' ')[0]);
  const { format_version, gpus } = JSON.parse(await world.novaMust(['gpu', 'ls', '--json'])) as Told;
  expect(format_version).toBe('1.0');
  expect(gpus.map(({ address }) => address)).toEqual(addresses);
  const table = await world.novaMust(['gpu', 'ls']);
  if (gpus.length === 0) expect(table).toMatch(/^This host (has no GPU|shows no PCI devices)\.\n$/);
  else
    for (const { address, state } of gpus) expect(table).toMatch(new RegExp(`^${address} .* ${state}`, 'm'));
  const { code, stdout } = await world.nova(['gpu', 'diagnose', '--json']);
  expect((JSON.parse(stdout) as Told).gpus).toEqual(gpus);
  expect(code).toBe(gpus.some(({ state }) => state === 'Action Needed') ? 1 : 0);
});

it('says of the device with the root filesystem why it cannot be handed over', async ({ skip }) => {
  const carrier = readPci().devices.find(({ needs }) =>
    needs.some((need) => need.what === 'mount' && need.target === '/'),
  );
  if (carrier === undefined) return skip('the root filesystem is on no PCI device');
  const { code, stdout } = await world.nova(['gpu', 'diagnose', carrier.address]);
  expect(code).toBe(1);
  expect(stdout).toMatch(new RegExp(`^${carrier.address} .*: Action Needed\n`));
  expect(stdout).toMatch(/the host needs \S+ itself: it carries \/, on the disk \w+\n {4}remedy: \S/);
  const info = await world.novaMust(['gpu', 'info', carrier.address]);
  expect(info).toMatch(new RegExp(` {2}ids +${carrier.vendor}:${carrier.device}`));
  expect(info).toMatch(/ {2}host uses +.*disk of \//);
});

it.each([
  [['gpu'], 'error: `nova gpu` takes ls, info, diagnose'],
  [['gpu', 'info'], 'error: `nova gpu info` takes the address of a device, as 0000:01:00.0'],
  [['gpu', 'diagnose', 'card0'], 'error: `card0` is no address of a PCI device, as 0000:01:00.0'],
  [['gpu', 'info', '0000:ff:1f.7'], 'error: this host has no PCI device 0000:ff:1f.7'],
])('refuses %j', async (argv, said) => {
  const { code, stderr } = await world.nova(argv);
  expect([code, stderr.slice(0, said.length)]).toEqual([1, said]);
});
