import type { Rule } from './ruleset.ts';
import { drop, give, jump, state } from './statements.ts';

/** What drops, and what is let through before. */
interface Gate {
  /** Rules that drop packets of the states given, or ask the gate's chain about those that open something. */
  refuse(
    chain: string,
    links: readonly unknown[],
    states: readonly string[],
    ...rest: readonly unknown[]
  ): readonly Rule[];
  /** The gate's chain; `[]` where nothing is let through. */
  readonly chain: readonly Rule[];
}

/**
 * @param name of its chain
 * @param exceptions conditions of what is let through
 */
export function gate(name: string, exceptions: readonly (readonly unknown[])[]): Gate {
  if (exceptions.length === 0)
    return {
      refuse: (chain, links, states, ...rest) => [
        { chain, expr: [...links, state(...states), ...rest, drop] },
      ],
      chain: [],
    };
  return {
    refuse: (chain, links, states, ...rest) => {
      const others = states.filter((each) => each !== 'new');
      const asked: Rule = { chain, expr: [...links, state('new'), ...rest, jump(name)] };
      return others.length === 0
        ? [asked]
        : [asked, { chain, expr: [...links, state(...others), ...rest, drop] }];
    },
    chain: [
      ...exceptions.map((conditions) => ({ chain: name, expr: [...conditions, give] })),
      { chain: name, expr: [drop] },
    ],
  };
}
