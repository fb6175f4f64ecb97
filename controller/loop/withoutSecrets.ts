import type { Issue } from '../../schema/errors.ts';
import type { Manifest } from '../../schema/manifest.ts';
import { sensitiveIn } from '../../schema/sensitive.ts';

/** What the loop does not do yet: it keeps generations of its own, and secrets in them are not sealed yet. */
export function refuseSecrets({ resources }: Manifest): readonly Issue[] {
  return resources.flatMap(({ address, spec, at }) => {
    const [first] = sensitiveIn(spec);
    if (first === undefined) return [];
    const hint = 'apply this project with `nova apply`, which knows them';
    const message = `${address} uses ${first.secret}, and \`nova watch\` does not know secrets yet`;
    return [{ code: 'not-built' as const, message, hint, at }];
  });
}
