import type { ContainerSpec } from '../../schema/container.ts';
import type { NetworkSpec } from '../../schema/network.ts';

/** Files that a capsule sees in its `/etc`, by name. */
export type EtcFiles = Readonly<Record<'hosts' | 'hostname' | 'resolv.conf', string>>;

/**
 * What is generated for a capsule's `/etc`. Its address is in none of them, so that it can change while the capsule
 * runs: its name is answered by the network's DNS server.
 */
export function etcFiles(
  spec: Pick<ContainerSpec, 'hostname'>,
  name: string,
  network:
    | { readonly spec: Pick<NetworkSpec, 'dns' | 'domain'>; readonly gateway: string | undefined }
    | undefined,
): EtcFiles {
  const asked = network?.spec.dns === true && network.gateway !== undefined;
  const own = asked && spec.hostname === name ? [] : [`127.0.1.1 ${spec.hostname}`];
  return {
    hosts: lines(['127.0.0.1 localhost', '::1 localhost ip6-localhost ip6-loopback', ...own]),
    hostname: lines([spec.hostname]),
    'resolv.conf': asked ? lines([`search ${network.spec.domain}`, `nameserver ${network.gateway}`]) : '',
  };
}

function lines(of: readonly string[]): string {
  return of.map((line) => `${line}\n`).join('');
}
