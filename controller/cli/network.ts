import { readFileSync } from 'node:fs';

import { NovaError } from '../../schema/errors.ts';
import type { ControlOptions } from '../control/server.ts';
import type { FollowingFlags } from './followingFlags.ts';
import { usage } from './positionals.ts';

/**
 * Where the control API is on the network, as `--api`, `--tls-cert` and `--tls-key` say. There is none without TLS.
 * @throws NovaError `usage`, `file.unreadable`
 */
export function networkFrom(flags: FollowingFlags): Pick<ControlOptions, 'network'> {
  const { api, 'tls-cert': cert, 'tls-key': key } = flags;
  if (typeof api !== 'string') return {};
  if (typeof cert !== 'string' || typeof key !== 'string')
    throw usage('--api needs a certificate and its key: --tls-cert FILE --tls-key FILE');
  if (!/^(?:[\w.-]+|\[[\da-fA-F:.]+\]):\d{1,5}$/.test(api))
    throw usage(`--api takes an address and a port, as 192.168.1.5:8443, not \`${api}\``);
  return { network: { address: api, cert: read(cert), key: read(key) } };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new NovaError('file.unreadable', `${file}: ${(cause as Error).message}`, {
      hint: 'name a file in PEM with --tls-cert and --tls-key',
      cause,
    });
  }
}
