import { policyOf } from '../../schema/common.ts';
import type { Issue } from '../../schema/errors.ts';
import type { Address, Resource } from '../../schema/manifest.ts';
import type { Step } from '../../reconcilers/reconciler.ts';
import type { Known } from './known.ts';

/** Pure: why what is declared must not be changed as it would have to be: replacing it loses what it holds. */
export function preventions(resource: Resource, steps: readonly Step[]): readonly Issue[] {
  const { address, at } = resource;
  const step = steps.find(({ effect }) => effect === 'replace' || effect === 'data-loss');
  if (step === undefined || !policyOf(resource).prevent_destroy) return [];
  return [
    {
      code: 'lifecycle.prevented',
      message: `${address} would be replaced (${step.reason}), and \`prevent_destroy\` is set`,
      hint: 'take the change back, or set prevent_destroy = false first',
      at,
      about: { resource: address, path: ['lifecycle', 'prevent_destroy'] },
    },
  ];
}

/** Pure: why something that is not declared any more must not be deleted. */
export function deletionPrevented(address: Address, said: Resource | undefined, { file }: Known): Issue {
  const declared = file?.resources.some((resource) => resource.address === address) === true;
  const message = declared
    ? `${address} would be destroyed, and \`prevent_destroy\` is set`
    : `${address} would be destroyed, and \`prevent_destroy\` was set when it was applied last`;
  const hint = declared
    ? 'set prevent_destroy = false first'
    : `declare it again with prevent_destroy = false and apply that first, or give it away: nova forget ${address}`;
  const at = declared ? said?.at : undefined;
  const about = { resource: address, path: ['lifecycle', 'prevent_destroy'] };
  return { code: 'lifecycle.prevented', message, hint, ...(at === undefined ? {} : { at, about }) };
}
