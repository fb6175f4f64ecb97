import { formatIp, parseIp } from './cidr.ts';
import { quote } from './problem.ts';
import { meaning, parsePort, text } from './values.ts';

/** A port of the host that leads to one of a capsule. */
export interface PublishedPort {
  /** Only on this address of the host; absent: on all. */
  readonly address?: string;
  readonly host: number;
  readonly container: number;
  readonly protocol: 'tcp' | 'udp';
}

/** `8080:80`, `127.0.0.1:8080:80/tcp`, `53:53/udp`: the host's address and port, then the capsule's port. */
export const publishedPort = meaning(text, (value, refuse): PublishedPort => {
  const [ports = '', protocol = 'tcp', ...rest] = value.split('/');
  const parts = ports.split(':');
  const [container, host, address] = parts.toReversed();
  const example = 'for example "8080:80" (the host\'s port first), "127.0.0.1:8080:80" or "53:53/udp"';
  if (parts.length < 2 || parts.length > 3 || rest.length > 0) {
    return refuse("must be the host's port, a colon and the capsule's port", example);
  }
  if (protocol !== 'tcp' && protocol !== 'udp')
    return refuse(`ends in ${quote(protocol)}, which is neither tcp nor udp`, example);
  const [from, to] = [parsePort(host), parsePort(container)];
  if (from === undefined)
    return refuse(`has ${quote(host ?? '')}, which is no port from 1 to 65535`, example);
  if (to === undefined)
    return refuse(`has ${quote(container ?? '')}, which is no port from 1 to 65535`, example);
  if (address === undefined) return { host: from, container: to, protocol };
  const ip = parseIp(address);
  if (ip === undefined) return refuse(`has ${quote(address)}, which is no IPv4 address`, example);
  return { ...(ip === 0 ? {} : { address: formatIp(ip) }), host: from, container: to, protocol };
});
