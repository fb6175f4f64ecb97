import type { Resource } from '../../schema/manifest.ts';
import type { VmProbe } from '../../schema/vm.ts';
import type { Host } from '../host/host.ts';
import { answersEverywhere } from '../network/dnsmasq/answersByName.ts';
import type { Dependencies, Readiness } from '../reconciler.ts';
import { vmPaths } from './paths.ts';
import type { VmSeen } from './seen.ts';

/** QEMU runs, its probe works, and its name is known. Waits for that as long as it may take. */
export async function ready(
  host: Host,
  resource: Resource<'vm'>,
  seen: VmSeen,
  deps: Dependencies,
  signal: AbortSignal,
): Promise<Readiness> {
  const { probe, state } = resource.spec;
  if (state === 'stopped') return { ready: true };
  if (seen.process === undefined) return ended(host, seen);
  if (seen.phase !== 'running') return { ready: false, code: 'vm.unready', why: `it is ${seen.phase}` };
  const ip = deps.ip(resource.address);
  const why = probe && (await untilItWorks(host, seen, probe, ip, signal));
  if (why !== undefined) return why;
  return answersEverywhere(host, resource, deps, signal);
}

/** Undefined when its probe has worked before the deadline. */
async function untilItWorks(
  host: Host,
  seen: VmSeen,
  probe: VmProbe,
  ip: string | undefined,
  signal: AbortSignal,
): Promise<Readiness | undefined> {
  const deadline = host.clock.now() + probe.deadline * 1000;
  for (;;) {
    const why = await tryOnce(host, seen, probe, ip, signal);
    if (why === undefined) return undefined;
    if (!(await isAlive(host, seen))) return ended(host, seen);
    if (host.clock.now() + probe.interval * 1000 > deadline) {
      const said = await lastLines(host, seen);
      const message = `its probe did not work within ${probe.deadline} s: ${why}${said}`;
      return { ready: false, code: 'vm.unready', why: message };
    }
    await host.clock.sleep(probe.interval * 1000, signal);
  }
}

async function tryOnce(
  host: Host,
  { scope, identity }: VmSeen,
  { serial, http, tcp, timeout }: VmProbe,
  ip: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const ms = timeout * 1000;
  if (serial !== undefined) {
    const printed = (await host.view().tail(vmPaths(scope, identity).log, logBytes)) ?? '';
    return printed.includes(serial) ? undefined : `its console has not printed ${JSON.stringify(serial)}`;
  }
  if (ip === undefined) return 'it has no address to ask';
  if (http !== undefined) return host.probe.http(`http://${ip}${http}`, ms, signal);
  return tcp === undefined ? undefined : host.probe.tcp(ip, tcp, ms, signal);
}

/** What a console prints while a machine starts; QEMU begins the file anew when it starts. */
const logBytes = 2 ** 20;

async function isAlive(host: Host, { process }: VmSeen): Promise<boolean> {
  if (process === undefined) return false;
  return (await host.view().process(process.pid))?.startTime === process.startTime;
}

async function ended(host: Host, seen: VmSeen): Promise<Readiness> {
  return { ready: false, code: 'vm.exited', why: `its QEMU has ended${await lastLines(host, seen)}` };
}

async function lastLines(host: Host, { scope, identity }: VmSeen): Promise<string> {
  const text = (await host.view().tail(vmPaths(scope, identity).log, 4096)) ?? '';
  // Consoles are full of colours and cursor movements (ECMA-48).
  // oxlint-disable-next-line no-control-regex
  const plain = text.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]|[\u0000-\u0009\u000b-\u001f]/g, '');
  const lines = plain.split('\n').filter((line) => line.trim() !== '');
  return lines.length === 0 ? '' : `; its console said:\n${lines.slice(-5).join('\n')}`;
}
