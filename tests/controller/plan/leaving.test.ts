import { expect, it } from 'vitest';

import { makePlan } from '../../../controller/plan/makePlan.ts';
import { survey } from '../../../controller/plan/survey.ts';
import type { FakeHost } from '../../../fixtures/fakeHost.ts';
import type { Address } from '../../../schema/manifest.ts';
import { apply } from '../../contracts/reconciler/driver.ts';
import { makeWorld, readManifest } from '../../contracts/reconciler/world.ts';

const head = 'project = "demo"\n[network.dmz]\nsubnet = "10.66.0.1/28"\n';
const capsule = (name: string, more: string) =>
  `[container.${name}]\ncapsule = "/lab/busybox"\ncommand = ["/bin/serve"]\n${more}`;
const web = capsule('web', 'network = "dmz"\n');
const job = (ip: string) => capsule('job', `network = { name = "dmz", ip = "${ip}" }\n`);

async function addressOf(host: FakeHost, text: string, address: Address): Promise<unknown> {
  const manifest = await readManifest(text);
  const plan = makePlan(manifest, await survey(host.view(), manifest));
  return plan.resources.find((each) => each.address === address)?.outputs['ip'];
}

it.each([
  { reason: 'one that leaves the network', after: capsule('job', '') },
  { reason: 'one that is not declared any more', after: '' },
])('an address is not given to another while $reason still has it', async ({ after }) => {
  const host = makeWorld();
  const ip = await addressOf(host, head + web, 'container.web');
  expect(ip).toMatch(/^10\.66\.0\./);
  await apply(host, await readManifest(head + job(String(ip))));
  const given = await addressOf(host, head + web + after, 'container.web');
  expect(given).toMatch(/^10\.66\.0\./);
  expect(given).not.toBe(ip);
});
