import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openStateReader } from '../../stateStore/reader.ts';
import { twoCapsules } from './support/novaFiles.ts';
import { must, run } from './support/shell.ts';
import { cli, createWorld, type World } from './support/world.ts';

let world: World;
let file: string;

beforeAll(async () => {
  world = await createWorld();
  file = join(world.folder, 'plan.json');
  await world.write(twoCapsules);
});

afterAll(async () => world[Symbol.asyncDispose]());

interface Document {
  readonly plan_hash: string;
  readonly saved: {
    readonly resources: readonly { readonly address: string; readonly steps: readonly { id: string }[] }[];
  };
}

async function save(): Promise<Document> {
  const said = await world.novaMust(['plan', '-o', file]);
  expect(said).toContain(`Saved to ${file}`);
  return JSON.parse(await readFile(file, 'utf8')) as Document;
}

function plannedSteps({ saved }: Document): readonly string[] {
  return saved.resources
    .flatMap(({ address, steps }) => steps.map(({ id }) => `${address} ${id}`))
    .toSorted();
}

/** Steps of the newest run, out of the journal. */
function executedSteps(): readonly string[] {
  const reader = openStateReader({ directory: world.stateDirectory });
  try {
    const rows = reader.journal({ scope: world.scope.id, project: 'demo' }, 1000);
    const [newest] = rows;
    return rows
      .filter(({ run }) => run === newest?.run)
      .map(({ address, step }) => `${address} ${step}`)
      .toSorted();
  } finally {
    reader.close();
  }
}

const visitor = /\[container\.visitor\][^]*$/;
const seed = Number(process.env['NOVA_PAIRS_SEED'] ?? 20260101);

/** One of many NovaFiles like {@link twoCapsules}, and what a hand does before it is planned. */
const pair = fc.record({
  memory: fc.constantFrom('64Mi', '80Mi', '96Mi'),
  pids: fc.constantFrom(50, 60),
  mtu: fc.constantFrom('', 'mtu = 1400', 'mtu = 9000'),
  dns: fc.constantFrom('', 'dns = true'),
  mode: fc.constantFrom('0755', '0750'),
  port: fc.constantFrom('8080:80', '8081:80'),
  env: fc.constantFrom('', 'env = { A = "1" }', 'env = { A = "2", B = "x y" }'),
  visitor: fc.boolean(),
  hand: fc.subarray(
    [
      ['ip', 'link', 'set', 'lan', 'down'],
      ['ip', 'link', 'delete', 'lan'],
      ['ip', 'addr', 'flush', 'dev', 'lan'],
      ['nft', 'flush', 'ruleset'],
      ['sh', '-c', 'echo 0 > /proc/sys/net/ipv4/ip_forward'],
    ],
    { maxLength: 2 },
  ),
});

const generated = fc.sample(pair, { numRuns: 15, seed }).map((choices) => {
  const { memory, pids, mtu, dns, mode, port, env, visitor: there, hand } = choices;
  const novaFile = (there ? twoCapsules : twoCapsules.replace(visitor, ''))
    .replace('"64Mi"', `"${memory}"`)
    .replace('pids = 50', `pids = ${pids}`)
    .replace('[volume', `${mtu}\n${dns}\n[volume`)
    .replace('"0755"', `"${mode}"`)
    .replace('8080:80', port)
    .replace('restart = "never"', `restart = "never"\n${env}`);
  return { novaFile, hand, reason: JSON.stringify(choices) };
});

describe('a saved plan', () => {
  it.each([
    { reason: 'everything is made', novaFile: twoCapsules, hand: undefined },
    {
      reason: 'a limit and a mtu change',
      novaFile: twoCapsules.replace('"64Mi"', '"96Mi"').replace('[volume', 'mtu = 1400\n[volume'),
      hand: undefined,
    },
    {
      reason: 'a hand broke two things, and an environment changes',
      novaFile: twoCapsules.replace('restart = "never"', 'restart = "never"\nenv = { A = "1" }'),
      hand: ['ip', 'link', 'set', 'lan', 'down'],
    },
    { reason: 'a capsule goes', novaFile: twoCapsules.replace(visitor, ''), hand: undefined },
    {
      reason: 'the network does without names, and a hand took all rules',
      novaFile: twoCapsules.replace(visitor, '').replace(/dhcp_range.*/, 'dns = false'),
      hand: ['nft', 'flush', 'ruleset'],
    },
  ])(
    'runs exactly as planned on the real host, and nothing is left to do: $reason',
    async ({ novaFile, hand }) => {
      await world.write(novaFile);
      if (hand !== undefined) await world.inside(hand);
      const document = await save();
      expect(plannedSteps(document).length).toBeGreaterThan(0);
      const said = await world.novaMust(['apply', '-f', file]);
      expect(said).toMatch(/Apply: (\d+) of \1 applied\./);
      expect(executedSteps()).toEqual(plannedSteps(document));
      expect(await world.novaMust(['plan'])).toContain('Nothing to do');
    },
  );

  it.each(generated)(
    'runs exactly as planned on a generated pair of manifest and host: $reason',
    async ({ novaFile, hand }) => {
      await world.write(novaFile);
      for (const words of hand) await world.inside(words).catch(() => undefined);
      const document = await save();
      const planned = plannedSteps(document);
      if (planned.length > 0) await world.novaMust(['apply', '-f', file]);
      expect(planned.length === 0 ? [] : executedSteps()).toEqual(planned);
      expect(await world.novaMust(['plan'])).toContain('Nothing to do');
      expect(await world.drift()).toEqual([]);
    },
  );

  it('is readable by its owner alone', async () => {
    await save();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('is refused by field when the host moved, and nothing is changed', async () => {
    await world.write(twoCapsules);
    await save();
    await world.inside(['ip', 'link', 'set', 'lan', 'mtu', '1300']);
    const before = await world.state('inside');
    const { code, stderr } = await world.nova(['apply', '-f', file]);
    expect(code).toBe(1);
    expect(stderr).toContain('[plan.stale]');
    expect(stderr).toMatch(/network\.lan: link\.mtu was \d+ and is 1300/);
    expect(await world.state('inside')).toEqual(before);
  });

  it('is refused when it was run before', async () => {
    await save();
    await world.novaMust(['apply', '-f', file]);
    const { code, stderr } = await world.nova(['apply', '-f', file]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('[plan.stale]')]);
    expect(stderr).toContain('network.lan: link.mtu was 1300 and is 1500');
  });

  it('is refused when it was edited', async () => {
    await world.write(twoCapsules.replace('"64Mi"', '"80Mi"'));
    await save();
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll('83886080', '99999999'));
    const { code, stderr } = await world.nova(['apply', '-f', file]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('[plan.damaged]')]);
  });

  it('knows where it runs, and refuses to run elsewhere', async () => {
    await save();
    const elsewhere = await run([...cli, 'apply', file, '--netns', 'nvt-elsewhere']);
    expect([elsewhere.code, elsewhere.stderr]).toEqual([
      1,
      expect.stringContaining(`network namespace ${world.netns}`),
    ]);
    await must([...cli, 'apply', file]);
    expect(await world.novaMust(['plan'])).toContain('Nothing to do');
  });
});
