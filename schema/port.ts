import { formatIp, parseIp } from './cidr.ts';
import { quote } from './problem.ts';
import { meaning, parsePort, text, type Refuse } from './values.ts';

/** A port of the host that leads to one of a capsule. */
export interface PublishedPort {
  /** Only on this address of the host; absent: on all. */
  readonly address?: string;
  readonly host: number;
  readonly container: number;
  readonly protocol: 'tcp' | 'udp';
  /** How many ports from those on, each to its own; absent: one. */
  readonly count?: number;
}

/** Of a range; each port has rules of its own. */
const most = 1024;

const example = 'for example "8080:80" (the host\'s port first), "127.0.0.1:8080:80" or "53:53/udp"';

/** `8080:80`, `127.0.0.1:8080:80/tcp`, `8000-8010:80-90`: the host's address and port, then the capsule's port. */
export const publishedPort = meaning(
  text,
  (value, refuse): PublishedPort => {
    const [ports = '', protocol = 'tcp', ...rest] = value.split('/');
    const parts = ports.split(':');
    const [container = '', host = '', address] = parts.toReversed();
    if (parts.length < 2 || parts.length > 3 || rest.length > 0) {
      return refuse("must be the host's port, a colon and the capsule's port", example);
    }
    if (protocol !== 'tcp' && protocol !== 'udp')
      return refuse(`ends in ${quote(protocol)}, which is neither tcp nor udp`, example);
    const [from, to] = [rangeOf(host, refuse), rangeOf(container, refuse)];
    if (from.count !== to.count)
      return refuse(
        `has ${from.count} ${from.count === 1 ? 'port' : 'ports'} of the host for ${to.count} of the capsule`,
        'both ranges are equally long: "8000-8010:80-90"',
      );
    const ip = address === undefined ? 0 : parseIp(address);
    if (ip === undefined) return refuse(`has ${quote(address ?? '')}, which is no IPv4 address`, example);
    return {
      ...(ip === 0 ? {} : { address: formatIp(ip) }),
      host: from.first,
      container: to.first,
      protocol,
      ...(from.count === 1 ? {} : { count: from.count }),
    };
  },
  { name: 'published port', pattern: '^([0-9.]+:)?[0-9]+(-[0-9]+)?:[0-9]+(-[0-9]+)?(/(tcp|udp))?$' },
);

function rangeOf(written: string, refuse: Refuse): { readonly first: number; readonly count: number } {
  const [from, to, ...rest] = written.split('-');
  const first = parsePort(from);
  if (to === undefined && first !== undefined) return { first, count: 1 };
  if (to === undefined) return refuse(`has ${quote(written)}, which is no port from 1 to 65535`, example);
  const last = parsePort(to);
  if (first === undefined || last === undefined || rest.length > 0 || last < first)
    return refuse(`has ${quote(written)}, which is no range of ports`, 'for example "8000-8010:80-90"');
  const count = last - first + 1;
  return count > most
    ? refuse(
        `has ${count} ports, and a range holds at most ${most}`,
        'publish the address of the capsule in another way',
      )
    : { first, count };
}

/** Each port of a range for itself. */
export function singlePorts(ports: readonly PublishedPort[]): readonly PublishedPort[] {
  return ports.flatMap(({ count = 1, ...port }) =>
    Array.from({ length: count }, (_, index) => ({
      ...port,
      host: port.host + index,
      container: port.container + index,
    })),
  );
}
