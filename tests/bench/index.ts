import process from 'node:process';

import { disposeAll } from '../system/support/leftovers.ts';
import { capsules } from './capsules.ts';
import { idle } from './controller/idle.ts';
import { pushes } from './controller/pushes.ts';
import { repairs } from './controller/repairs.ts';
import { beside } from './controller/sick.ts';
import { discovery } from './discovery.ts';
import { machine } from './machine.ts';
import { networkChurn } from './networks/churn.ts';
import { besideAnsible, besideLibvirt } from './networks/peers.ts';
import { starts } from './networks/starts.ts';
import { terraform } from './terraform.ts';
import { unchangedPlan } from './unchangedPlan.ts';
import { validate } from './validate.ts';

/** By name, as `npm run bench -- pushes idle` asks for some of them; a number after a colon, as `idle:60`, is how much. */
const parts: Readonly<Record<string, (much?: number) => Promise<string>>> = {
  plan: (times) => unchangedPlan({ networks: 40, volumes: 50, capsules: 10 }, times ?? 10),
  'plan-large': (times) => unchangedPlan({ networks: 200, volumes: 780, capsules: 20 }, times ?? 5),
  validate: (times) => validate(times ?? 5),
  capsules: (times) => capsules(times ?? 5),
  machine: (times) => machine(times ?? 10),
  discovery: (times) => discovery(500, times ?? 30),
  pushes: (times) => pushes(200, times ?? 50),
  repairs: (times) => repairs(times ?? 5),
  beside: (times) => beside(times ?? 20),
  idle: (seconds) => idle(seconds ?? 600),
  'plan-networks': (times) => unchangedPlan({ networks: 100, volumes: 0, capsules: 0 }, times ?? 10),
  'plan-networks-large': (times) => unchangedPlan({ networks: 1000, volumes: 0, capsules: 0 }, times ?? 5),
  networks: (times) => networkChurn(100, times ?? 5),
  'networks-libvirt': (times) => besideLibvirt(100, times ?? 3),
  'networks-ansible': (times) => besideAnsible(100, times ?? 1),
  'network-names': (count) => starts(count ?? 1000),
  terraform: (times) => terraform(100, times ?? 3),
  'terraform-large': (times) => terraform(1000, times ?? 3),
};

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    // Worlds, their namespaces and what runs in them do not outlive whoever made them.
    void disposeAll().finally(() => process.exit(130));
  });
}

const asked = process.argv.slice(2);
for (const word of asked.length > 0 ? asked : Object.keys(parts)) {
  const [name = '', much] = word.split(':');
  const part = parts[name];
  if (part === undefined)
    throw new Error(`there is no part ${name}: one of ${Object.keys(parts).join(', ')}`);
  process.stdout.write(`${await part(much === undefined ? undefined : Number(much))}\n\n`);
}
