import { z } from 'zod';

import { quote } from './problem.ts';
import { meaning, parsePort, text, type Refuse } from './values.ts';

/** Where a service is found, by its name. */
export interface Service {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

/** `80`, `"5060/udp"`. */
const service = meaning(
  z.union([z.int(), text]),
  (value, refuse): Service => {
    const [port, protocol = 'tcp', ...rest] = String(value).split('/');
    const number = parsePort(port);
    const example = 'for example 80 or "5060/udp"';
    if (number === undefined || rest.length > 0) return refuse('must be a port from 1 to 65535', example);
    if (protocol !== 'tcp' && protocol !== 'udp')
      return refuse(`ends in ${quote(protocol)}, which is neither tcp nor udp`, example);
    return { port: number, protocol };
  },
  { name: 'port', pattern: '^[0-9]+(/(tcp|udp))?$' },
);

/** Services by name, which the DNS of its network answers as SRV records (RFC 2782): `_http._tcp.web`. */
export const services = meaning(z.record(z.string(), service), (table, refuse) => {
  for (const name of Object.keys(table)) checkName(name, refuse);
  return table;
});

export type Services = z.output<typeof services>;

/** RFC 6335, section 5.1. */
function checkName(name: string, refuse: Refuse): void {
  if (/^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name)) return;
  refuse(
    `has ${quote(name)}, which is no name for a service`,
    'at most 15 lower-case letters, digits and hyphens, one letter at least: "http"',
  );
}

/** As the NovaFile writes it. */
export function presentService({ port, protocol }: Service): string | number {
  return protocol === 'tcp' ? port : `${port}/${protocol}`;
}
