import { z } from 'zod';

import { key } from './key.ts';
import { orList, type TableProblem } from './problem.ts';
import { positiveDuration } from './values.ts';

/** How often something is asked whether it works. */
export function tryTimes(how: string, deadline: number) {
  const example = (more: string): string => how.replace(' }', `, ${more} }`);
  return {
    interval: key(positiveDuration.default(1), {
      what: 'Time between attempts.',
      unit: 'seconds',
      example: example('interval = "500ms"'),
    }),
    timeout: key(positiveDuration.default(3), {
      what: 'Time for one attempt.',
      unit: 'seconds',
      example: example('timeout = "3s"'),
    }),
    deadline: key(positiveDuration.default(deadline), {
      what: 'Time until it must have worked once.',
      unit: 'seconds',
      example: example('deadline = "2m"'),
    }),
  };
}

/** @param subject whose port it is */
export function tcpPort(subject: string, example: string) {
  return key(z.int().min(1).max(65_535).exactOptional(), {
    what: `A port of the ${subject}; it works when that takes connections.`,
    without: 'another way is given',
    example,
  });
}

/** Exactly one way to ask. */
export function checkTries(
  name: 'health' | 'probe',
  ways: readonly unknown[],
  examples: readonly string[],
): readonly TableProblem[] {
  const given = ways.filter((way) => way !== undefined).length;
  if (given === 1) return [];
  const hint = `write one of ${orList(examples).replace(' or ', ' and ')}`;
  const path = [name];
  if (given === 0) return [{ code: 'schema.missing', message: `${name} says nothing to try`, hint, path }];
  const message = `${name} has ${given} things to try, and takes one`;
  return [{ code: 'schema.value', message, hint, path }];
}
