import { policyOf } from '../../schema/common.ts';
import type { Issue } from '../../schema/errors.ts';
import type { Kind, Resource } from '../../schema/manifest.ts';

/** Why two of a kind cannot stand beside each other. An image is always made before the one in force goes. */
const reasons: Partial<Record<Kind, string>> = {
  network: 'two networks cannot have one subnet, nor two bridges one name',
  volume: 'a volume is never replaced, only changed',
  gpu: 'there is only one of a device',
  container: 'this version replaces capsules in their place',
  vm: 'this version replaces machines in their place',
};

/** Pure: `create_before_destroy` where it cannot be had. */
export function besideIssues(resource: Resource): readonly Issue[] {
  const { address, kind, at } = resource;
  const reason = reasons[kind];
  if (reason === undefined || !policyOf(resource).create_before_destroy) return [];
  return [
    {
      code: 'not-built',
      message: `${address} cannot be made beside the one that it replaces: ${reason}`,
      hint: 'leave out `lifecycle.create_before_destroy`',
      at,
      about: { resource: address, path: ['lifecycle', 'create_before_destroy'] },
    },
  ];
}
