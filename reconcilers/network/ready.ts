import type { Resource } from '../../schema/manifest.ts';
import type { Host } from '../host/host.ts';
import type { Dependencies, Readiness } from '../reconciler.ts';
import { gatewayName, needsDnsmasq } from './dnsmasq/dnsmasqConf.ts';
import { hostAddresses } from './addresses/hostAddresses.ts';
import { isMacvlan, sharedLink } from './macvlan.ts';
import type { NetworkSeen } from './seen.ts';

/** The bridge, or the link that members share, is up, and dnsmasq answers a question whose answer is known. */
export async function ready(
  host: Host,
  { spec }: Resource<'network'>,
  { place, link, macvlan, dnsmasq }: NetworkSeen,
  _deps: Dependencies,
  signal: AbortSignal,
): Promise<Readiness> {
  if (isMacvlan(spec))
    return macvlan?.up === true ? { ready: true } : { ready: false, why: `${sharedLink(spec)} is not up` };
  if (link?.up !== true) return { ready: false, why: `bridge ${place.bridge} is not up` };
  if (!needsDnsmasq(spec)) return { ready: true };
  if (dnsmasq.process !== 'running')
    return { ready: false, why: 'dnsmasq is not running', code: 'network.dnsmasq' };
  const own = hostAddresses(spec);
  const [server] = own;
  if (!spec.dns || server === undefined) return { ready: true };
  const why = await host.probe.dns(server, gatewayName(spec), own, patience, signal);
  if (why === undefined) return { ready: true };
  return {
    ready: false,
    why: `dnsmasq does not answer: ${why} (see ${place.paths.log})`,
    code: 'network.dnsmasq',
  };
}

/** ms */
const patience = 2_000;
