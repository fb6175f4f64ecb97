import type { Address } from '../schema/manifest.ts';
import { identityOf, type Scope } from './identity.ts';

/** Which resource on which host; needed to know what it should look like. */
export interface Place {
  readonly scope: Scope;
  readonly project: string;
  readonly address: Address;
  readonly name: string;
  readonly identity: string;
}

export function placeOf({ scope, project }: Pick<Place, 'scope' | 'project'>, address: Address): Place {
  const name = address.slice(address.indexOf('.') + 1);
  return { scope, project, address, name, identity: identityOf(scope, project, address) };
}
