import type { Plan } from '../../../controller/plan/plan.ts';
import type { Address, Resource } from '../../../schema/manifest.ts';

/** The places where the resources of a plan are declared. */
export function declared({ resources }: Plan): {
  readonly resources: readonly Pick<Resource, 'address' | 'at'>[];
} {
  return {
    resources: resources.map(({ address }, index) => ({
      address,
      at: { file: 'NovaFile.toml', line: index + 1, column: 1 },
    })),
  };
}

export function fakeAddress(index: number): Address {
  return `container.c${index}`;
}
