import { describe, expect, it } from 'vitest';

import type { Known } from '../../../controller/plan/known.ts';
import { makePlan, type PlanOptions } from '../../../controller/plan/makePlan.ts';
import type { Plan } from '../../../controller/plan/plan.ts';
import { survey } from '../../../controller/plan/survey.ts';
import type { FakeHost } from '../../../fixtures/fakeHost.ts';
import type { Address } from '../../../schema/manifest.ts';
import { apply } from '../../contracts/reconciler/driver.ts';
import { makeWorld, readManifest } from '../../contracts/reconciler/world.ts';

const lan = '[network.lan]\nsubnet = "192.168.77.1/24"\n';
const web = '[container.web]\ncapsule = "/lab/busybox"\ncommand = ["/bin/serve"]\nnetwork = "lan"\n';

async function applied(text: string): Promise<FakeHost> {
  const host = makeWorld();
  await apply(host, await readManifest(`project = "demo"\n${text}`));
  return host;
}

async function planned(
  host: FakeHost,
  text: string,
  { before, file, ...options }: PlanOptions & { readonly before?: string; readonly file?: string } = {},
): Promise<Plan> {
  const read = async (of: string) => readManifest(`project = "demo"\n${of}`);
  const known: Known = {
    ...(before === undefined ? {} : { applied: await read(before) }),
    ...(file === undefined ? {} : { file: await read(file) }),
  };
  const manifest = await read(text);
  return makePlan(manifest, await survey(host.view(), manifest), options, known);
}

function of(plan: Plan, address: Address) {
  const found = plan.resources.find((resource) => resource.address === address);
  if (found === undefined) throw new Error(`${address} is not planned`);
  return found;
}

describe('prevent_destroy', () => {
  const kept = `${web}lifecycle.prevent_destroy = true\n`;

  it('refuses a replacement where it is declared, and lets the rest go on', async () => {
    const host = await applied(lan + kept);
    const other = kept.replace('/lab/busybox', '/lab/other');
    const plan = await planned(host, `${lan}mtu = 1400\n${other}`);
    expect(of(plan, 'container.web')).toMatchObject({
      action: 'no-op',
      steps: [],
      problems: [{ code: 'lifecycle.prevented', at: { line: 5 } }],
    });
    expect(of(plan, 'network.lan').steps).not.toEqual([]);
  });

  it('lets a change pass that replaces nothing', async () => {
    const host = await applied(lan + kept);
    const plan = await planned(host, `${lan}${kept}env = { A = "1" }\n`);
    expect(of(plan, 'container.web')).toMatchObject({ action: 'update', problems: [] });
  });

  it('refuses to destroy it with the project, and what it stands on waits', async () => {
    const host = await applied(`${lan}${kept}[volume.data]\n`);
    const text = `${lan}${kept}[volume.data]\n`;
    const plan = await planned(host, '', { file: text, deleteVolumes: true });
    expect(of(plan, 'container.web')).toMatchObject({
      action: 'keep',
      problems: [{ code: 'lifecycle.prevented', hint: 'set prevent_destroy = false first' }],
    });
    expect(of(plan, 'network.lan').waitsFor).toContain('container.web');
    expect(of(plan, 'volume.data')).toMatchObject({ action: 'delete', waitsFor: [] });
  });

  it('remembers it of what is not declared any more, as long as a generation tells', async () => {
    const host = await applied(lan + kept);
    const plan = await planned(host, lan, { before: lan + kept });
    const [problem] = of(plan, 'container.web').problems;
    expect(problem).toMatchObject({ code: 'lifecycle.prevented' });
    expect(problem?.hint).toContain('nova forget container.web');
    expect(of(await planned(host, lan), 'container.web').action).toBe('delete');
  });
});

describe('drift', () => {
  const told = `${lan}drift = "warn"\n`;
  const quiet = `${lan}drift = "ignore"\n`;
  const moved = async (text: string): Promise<FakeHost> => {
    const host = await applied(text);
    host.kernel.ip('link set lan mtu 1300');
    return host;
  };

  it('warn: tells and repairs nothing', async () => {
    const host = await moved(told);
    const resource = of(await planned(host, told, { before: told }), 'network.lan');
    expect(resource).toMatchObject({
      action: 'no-op',
      steps: [],
      drift: 'changed',
      held: { policy: 'warn' },
    });
  });

  it('ignore: does not even tell', async () => {
    const host = await moved(quiet);
    const resource = of(await planned(host, quiet, { before: quiet }), 'network.lan');
    expect(resource).toMatchObject({ steps: [], drift: undefined, held: { policy: 'ignore' } });
  });

  it.each([
    { reason: 'the NovaFile changed it since', options: { before: `${told}mtu = 9000\n` } },
    { reason: 'somebody names it', options: { before: told, targets: ['network.lan' as const] } },
  ])('warn: makes all of it as declared when $reason', async ({ options }) => {
    const host = await moved(told);
    expect(of(await planned(host, told, options), 'network.lan').steps).not.toEqual([]);
  });

  it('warn: what is there is left alone when no generation tells who moved', async () => {
    expect(of(await planned(await moved(told), told), 'network.lan').held).toBeDefined();
  });

  it('warn: what was never there is made', async () => {
    expect(of(await planned(makeWorld(), told), 'network.lan').action).toBe('create');
  });

  it('warn: what needs something that is gone and left so is not tried', async () => {
    const text = told + web;
    const host = await applied(text);
    host.kernel.ip('link del lan');
    const plan = await planned(host, text, { before: text });
    expect(of(plan, 'network.lan')).toMatchObject({ steps: [], drift: 'missing' });
    expect(of(plan, 'container.web').problems).toMatchObject([{ code: 'resource.held' }]);
  });
});

describe('ignore_changes', () => {
  const text = (mtu: number, more = '') => `${lan}mtu = ${mtu}\n${more}lifecycle.ignore_changes = ["mtu"]\n`;

  it('shows and repairs neither what the host nor what the NovaFile changed', async () => {
    const host = await applied(text(1500));
    expect(of(await planned(host, text(9000)), 'network.lan').steps).toEqual([]);
    host.kernel.ip('link set lan mtu 1300');
    expect(of(await planned(host, text(1500)), 'network.lan')).toMatchObject({ steps: [], drift: undefined });
  });

  it('changes the rest without touching it', async () => {
    const host = await applied(text(1500));
    host.kernel.ip('link set lan mtu 1300');
    const plan = await planned(host, text(1500, 'domain = "corp.internal"\n'));
    const paths = of(plan, 'network.lan').steps.flatMap(({ changes }) => changes.map(({ path }) => path));
    expect(paths).toContain('domain');
    expect(paths).not.toContain('mtu');
  });

  it('makes what is not there as declared', async () => {
    const plan = await planned(makeWorld(), text(9000));
    expect(of(plan, 'network.lan').spec).toMatchObject({ mtu: 9000 });
  });

  it('takes a variable as it stands, and leaves out what is left out', async () => {
    const leaving = (env: string) =>
      `${web.replace('network = "lan"\n', '')}env = ${env}\nlifecycle.ignore_changes = ["env.A", "env.B"]\n`;
    const host = await applied(leaving('{ A = "$${literal}" }'));
    const plan = await planned(host, leaving('{ A = "other", B = "new", C = "seen" }'));
    const changes = of(plan, 'container.web').steps.flatMap((step) => step.changes);
    expect([...new Set(changes.map(({ path }) => path))]).toEqual(['env.C']);
  });

  const env = (values: string, left: string) =>
    `${web.replace('network = "lan"\n', '')}env = { ${values} }\nlifecycle.ignore_changes = ["${left}"]\n`;

  it('leaves one variable alone, and the secret beside it is what it was', async () => {
    const host = await applied(env('A = "1", API_KEY = "first"', 'env.A'));
    const plan = await planned(host, env('A = "2", API_KEY = "first"', 'env.A'));
    expect(of(plan, 'container.web').steps).toEqual([]);
  });

  it.each([
    { reason: 'another one', before: 'API_KEY = "first"', after: 'API_KEY = "second"' },
    { reason: 'set', before: '', after: 'API_KEY = "second"' },
    { reason: 'gone', before: 'API_KEY = "first"', after: '' },
  ])('makes a secret as declared that is $reason', async ({ before, after }) => {
    const host = await applied(env(before, 'env'));
    const changes = of(await planned(host, env(after, 'env')), 'container.web').steps.flatMap(
      (step) => step.changes,
    );
    expect(changes.map(({ path }) => path)).toEqual(['env.API_KEY']);
  });

  it('state: neither starts nor stops it', async () => {
    const running = `${web.replace('network = "lan"\n', '')}lifecycle.ignore_changes = ["state"]\n`;
    const host = await applied(running);
    expect(of(await planned(host, `${running}state = "stopped"\n`), 'container.web').steps).toEqual([]);
  });
});
