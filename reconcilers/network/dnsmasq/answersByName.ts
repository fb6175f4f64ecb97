import type { Resource } from '../../../schema/manifest.ts';
import type { Host } from '../../host/host.ts';
import type { Dependencies, Readiness } from '../../reconciler.ts';
import { attachmentsOf } from '../attachments.ts';
import { nameServer } from '../addresses/hostAddresses.ts';
import { memberAddresses, type MemberAddresses } from './memberRecord.ts';

/** ms for dnsmasq to notice a new record, and between two questions */
const deadline = 3000;
const pause = 100;

/** Whether the name of a container or a machine is answered on each network that it is on. */
export async function answersEverywhere(
  host: Host,
  { address, name, spec }: Resource<'container'> | Resource<'vm'>,
  deps: Dependencies,
  signal: AbortSignal,
): Promise<Readiness> {
  for (const { network } of attachmentsOf(spec)) {
    const declared = deps.spec('network', network);
    const server = declared && nameServer(declared);
    const answer = await answersByName(
      host,
      { name, ips: memberAddresses(address, deps, network), server },
      signal,
    );
    if (!answer.ready) return answer;
  }
  return { ready: true };
}

/** Whether the name of a member is answered by its network; one without an address or a DNS server needs no answer. */
export async function answersByName(
  host: Host,
  member: {
    readonly name: string;
    readonly ips: MemberAddresses;
    readonly server: { readonly address: string; readonly domain: string } | undefined;
  },
  signal: AbortSignal,
): Promise<Readiness> {
  const { name, server } = member;
  const expected = [member.ips.ip, member.ips.ip6].filter((ip) => ip !== undefined);
  if (expected.length === 0 || server === undefined) return { ready: true };
  const end = host.clock.now() + deadline;
  for (;;) {
    const why = await host.probe.dns(server.address, `${name}.${server.domain}`, expected, 1000, signal);
    if (why === undefined) return { ready: true };
    if (host.clock.now() > end) return { ready: false, why: `its name is not answered: ${why}` };
    await host.clock.sleep(pause, signal);
  }
}
