import type { Health } from '../../schema/container.ts';
import type { Resource } from '../../schema/manifest.ts';
import type { Host } from '../host/host.ts';
import { answersEverywhere } from '../network/dnsmasq/answersByName.ts';
import type { Dependencies, Readiness } from '../reconciler.ts';
import { fillIn } from '../templates.ts';
import { type Life, lookAtLife } from './life.ts';
import { containerPaths } from './paths.ts';
import { hasCompleted } from './restartPolicy.ts';
import type { ContainerSeen } from './seen.ts';

/** ms that a capsule without a health check must run before it counts, unless it comes to rest before that. */
const settling = 200;

/** ms without any work after which it is at rest: what it had to do at its start is done, and it waits for something. */
const rest = 25;

/** It runs and answers, or has ended as it was meant to; and its name is known. Waits for that as long as it may take. */
export async function ready(
  host: Host,
  resource: Resource<'container'>,
  seen: ContainerSeen,
  deps: Dependencies,
  signal: AbortSignal,
): Promise<Readiness> {
  const { health, state } = resource.spec;
  if (state === 'stopped') return { ready: true };
  if (seen.process === undefined) return stateOf(resource, seen, seen);
  if (health === undefined) {
    await settle(host, seen, signal);
    const now = await lookAtLife(host.view(), seen);
    const state = stateOf(resource, seen, now);
    if (!state.ready || now.process === undefined) return state;
  } else {
    const { exec } = health;
    const asked = exec === undefined ? health : { ...health, exec: exec.map((text) => fillIn(text, deps)) };
    const why = await untilHealthy(host, seen, asked, deps.ip(resource.address), signal);
    if (why !== undefined) return why;
  }
  return answersEverywhere(host, resource, deps, signal);
}

async function settle(host: Host, { scope, identity }: ContainerSeen, signal: AbortSignal): Promise<void> {
  const { capsuleCgroup } = containerPaths(scope, identity);
  const end = host.clock.now() + settling;
  for (let before: number | undefined; host.clock.now() < end;) {
    const view = host.view();
    const [used, members] = await Promise.all([view.cpuTime(capsuleCgroup), view.members(capsuleCgroup)]);
    // One that gets no turn on a busy machine has used no time either.
    const waits = [...members.values()].every(({ state }) => state !== 'R' && state !== 'D');
    if (waits && used !== undefined && used === before) return;
    before = used;
    await host.clock.sleep(rest, signal);
  }
}

/** Whether it is still the process that it was. */
function stateOf({ spec }: Resource<'container'>, before: ContainerSeen, now: Life): Readiness {
  if (now.process !== undefined && now.process.startTime === before.process?.startTime)
    return { ready: true };
  if (hasCompleted(spec.restart, now)) return { ready: true };
  const status =
    now.exit === undefined ? 'it ended and was started again' : `it exited with status ${now.exit}`;
  const said = now.log.length === 0 ? '' : `; it said:\n${now.log.join('\n')}`;
  return { ready: false, code: 'capsule.exited', why: `${status}${said}` };
}

/** Undefined when its health check has worked before the deadline. */
async function untilHealthy(
  host: Host,
  seen: ContainerSeen,
  health: Health,
  ip: string | undefined,
  signal: AbortSignal,
): Promise<Readiness | undefined> {
  const deadline = host.clock.now() + health.deadline * 1000;
  for (;;) {
    const why = await probe(host, seen, health, ip, signal);
    if (why === undefined) return undefined;
    if (host.clock.now() + health.interval * 1000 > deadline) {
      return {
        ready: false,
        code: 'capsule.unhealthy',
        why: `its health check did not work within ${health.deadline} s: ${why}`,
      };
    }
    await host.clock.sleep(health.interval * 1000, signal);
  }
}

async function probe(
  host: Host,
  { identity }: ContainerSeen,
  { exec, http, tcp, timeout }: Health,
  ip: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const ms = timeout * 1000;
  if (exec !== undefined) return host.probe.exec(identity, exec, ms, signal);
  if (ip === undefined) return 'it has no address to ask';
  if (http !== undefined) return host.probe.http(`http://${ip}${http}`, ms, signal);
  return tcp === undefined ? undefined : host.probe.tcp(ip, tcp, ms, signal);
}
