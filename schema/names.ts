import type { Kind } from './manifest.ts';
import { quote, type Problem } from './problem.ts';

/** Names become parts of addresses, file names and DNS names. */
export function checkName(kind: Kind, name: string): readonly Problem[] {
  const fits = (isHost(kind) ? label : word).test(name);
  if (fits && name.length <= 40) return [];
  return [
    {
      code: 'schema.name',
      message: `${quote(name)} is no name for a ${kind}`,
      hint: hintFor(kind),
      path: [kind, name],
      on: 'key',
    },
  ];
}

/** Of hosts a DNS label (RFC 1035, section 2.3.1; RFC 1123 lets it start with a digit), in lower case. */
export function patternOf(kind: Kind): string {
  return (isHost(kind) ? label : word).source;
}

const label = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
const word = /^[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?$/;

/** Whatever can be on a network is found there by its name. */
function isHost(kind: Kind): boolean {
  return kind === 'container' || kind === 'vm';
}

function hintFor(kind: Kind): string {
  if (isHost(kind))
    return 'lower-case letters, digits and - within, at most 40: it is a DNS name, as "web-1"';
  return 'letters, digits and _, - within, a letter or digit first, at most 40';
}
