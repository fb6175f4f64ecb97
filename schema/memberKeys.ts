import { key } from './key.ts';
import { membership, nic } from './membership.ts';
import { services } from './services.ts';
import { duration } from './values.ts';

/** Keys of what can be on a network: capsules and machines say them alike. A key is of its own for each. */
export function networkKey(without: string, note?: string) {
  return key(membership.exactOptional(), {
    what: 'The network that it is on: `"lan"`, or `{ name = "lan", ip = "192.168.77.9" }`.',
    without,
    change: 'live',
    ...(note === undefined ? {} : { note }),
    example: 'network = "lan"',
  });
}

/** @param note what it is called there */
export function nicsKey(note?: string) {
  return key(nic.array().min(1).readonly().exactOptional(), {
    what: 'Further networks that it is on.',
    without: 'none',
    change: 'live',
    ...(note === undefined ? {} : { note }),
    example: 'nics = [{ network = "dmz", ip = "10.66.0.9" }]',
  });
}

export function servicesKey() {
  return key(services.exactOptional(), {
    what: 'Its services by name, with their ports: the DNS of its network answers `_http._tcp.NAME` (SRV).',
    without: 'none',
    change: 'live',
    example: 'services = { http = 80, sip = "5060/udp" }',
  });
}

/** @param what passes between what and what */
export function stopTimeoutKey(what: string, seconds: number) {
  return key(duration.default(seconds), {
    what,
    unit: 'seconds',
    change: 'live',
    example: `stop_timeout = "${seconds}s"`,
  });
}
