import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { dependenciesOf } from '../../../controller/plan/dependencies.ts';
import { arbitraryManifest } from '../../../fixtures/arbitraries.ts';
import type { FilterCommand } from '../../../reconcilers/host/host.ts';
import { scopeOf } from '../../../reconcilers/identity.ts';
import { networkRules } from '../../../reconcilers/network/rules/networkRules.ts';
import { placeOf } from '../../../reconcilers/network/place.ts';
import { replaceRules, rulesOf } from '../../../reconcilers/network/rules/ruleset.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import { run } from '../support/shell.ts';

const scope = scopeOf('nvt-scripts', '/var/lib/nova');

/** What `nft -c` says of commands, in a network namespace that ends with it. */
const check = async (commands: readonly FilterCommand[]) => {
  // It opens its input anew, which a socket does not allow.
  const line = 'cat | unshare --net nft --check --json --file -';
  const { code, stderr } = await run(['sh', '-c', line], { input: JSON.stringify({ nftables: commands }) });
  return code === 0 ? '' : stderr;
};

describe('what Nova sends to nft', () => {
  it('law: passes its check, whatever is declared', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryManifest({ everything: true }), async (manifest) => {
        const deps = dependenciesOf(manifest, () => undefined);
        const commands = manifest.resources.flatMap(({ address, kind, spec }) => {
          if (kind !== 'network' || (spec as NetworkSpec).type !== 'bridge') return [];
          const place = placeOf(scope, manifest.project, address);
          const rules = networkRules(place, spec as NetworkSpec, deps);
          return replaceRules(place.table, address, rulesOf([], place.table, address), rules);
        });
        if (commands.length > 0) expect(await check(commands)).toBe('');
      }),
      { numRuns: 60 },
    );
  });

  it('would not pass it otherwise', async () => {
    const table = { family: 'inet', name: 'nova-x' };
    const rule = { family: 'inet', table: 'nova-x', chain: 'gone', expr: [{ drop: null }] };
    expect(await check([{ add: { table } }, { add: { rule } }])).not.toBe('');
  });
});
