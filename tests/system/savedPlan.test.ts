import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

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
