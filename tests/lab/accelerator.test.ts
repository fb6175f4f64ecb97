import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

import { expect, it } from 'vitest';

import { makeMachine } from '../system/host/machine.ts';

import { guestPaths } from './build/root.ts';
import { labTest } from './labTest.ts';

const machine = `
project = "demo"

[vm.box]
boot = { kernel = "${guestPaths.kernel}", initrd = "${guestPaths.initrd}", cmdline = "console=ttyS0 quiet no_timer_check" }
image = "./empty.raw"
memory = "192Mi"
probe = { serial = "ready" }
stop_timeout = 1
`;

labTest('a machine in the lab runs on KVM, as that was found to be worth it', async ({ lab, world }) => {
  await lab.must(['modprobe', 'kvm_amd']);
  await lab.must(['truncate', '-s', '1M', `${world.folder}/empty.raw`]);
  await world.write(machine);
  await world.novaMust(['apply', '--yes']);
  const found = JSON.parse(await world.read(`${world.scope.run}/accelerator.json`)) as { choice: string };
  expect(found.choice).toBe('kvm');
  expect(await world.novaMust(['ls'])).toMatch(/vm\.box +running .*\bkvm\b/);
  const identity = world.identity('demo', 'vm.box');
  const [argv = ''] = (await lab.sh('ps -eo args | grep [q]emu-system')).split('\n');
  expect(argv).toContain(identity);
  expect(argv).toMatch(/accel[= ]kvm|-accel kvm/);
});

it('a machine on this host runs on KVM exactly when that was measured to be worth it', async () => {
  await using machine = makeMachine({ namespace: false });
  const choice = await machine.host.accelerator();
  const text = await readFile(`${machine.scope.run}/accelerator.json`, 'utf8').catch(() => undefined);
  if (text === undefined) {
    // Nothing to be tried.
    expect([choice, existsSync('/dev/kvm')]).toEqual(['tcg', false]);
    return;
  }
  const found = JSON.parse(text) as { choice: string; why: string };
  expect(found.choice).toBe(choice);
  expect(found.why).toMatch(choice === 'kvm' ? /^$/ : /\w/);
});
