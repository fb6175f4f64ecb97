import { capsules } from './capsules.ts';
import { pushes, repairs } from './controller.ts';
import { machine } from './machine.ts';
import { terraform } from './terraform.ts';
import { unchangedPlan } from './unchangedPlan.ts';
import { validate } from './validate.ts';

const parts = [
  () => unchangedPlan({ networks: 40, volumes: 50, capsules: 10 }, 10),
  () => unchangedPlan({ networks: 200, volumes: 780, capsules: 20 }, 5),
  () => validate(5),
  () => capsules(5),
  () => machine(10),
  () => pushes(200, 50),
  () => repairs(10),
  () => terraform(100, 3),
  () => terraform(1000, 3),
];

for (const part of parts) process.stdout.write(`${await part()}\n\n`);
