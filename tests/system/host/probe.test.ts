import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { makeMachine, never, sh } from './machine.ts';

let machine: ReturnType<typeof makeMachine>;

beforeEach(() => {
  machine = makeMachine();
});

afterEach(async () => {
  sh(`if [ -e ${machine.folder}/pid ]; then kill -9 $(cat ${machine.folder}/pid); fi`);
  await machine[Symbol.asyncDispose]();
});

/** A DNS server on port 5353 of the machine, by UDP and TCP: n0 is 10.0.0.0, and so on to n39. */
function serve(): void {
  const names = Array.from({ length: 40 }, (_, n) => `--host-record=n${n},10.0.0.${n}`);
  const options = '--conf-file=/dev/null --no-hosts --no-resolv --port=5353 --listen-address=127.0.0.1';
  machine.inside(`dnsmasq ${options} --pid-file=${machine.folder}/pid ${names.join(' ')}`);
}

/** Processes that ask in the namespace of the machine. */
async function clients(): Promise<readonly number[]> {
  const view = machine.host.view();
  const [processes, namespace] = await Promise.all([view.processes(), view.namespace()]);
  return [...processes.values()]
    .filter(({ argv, netns }) => netns === namespace && argv.some((word) => word.includes('probeClient')))
    .map(({ pid }) => pid);
}

/** A question that stays open until it is aborted: what goes to port 9 is lost. */
function askForEver(signal: AbortSignal): Promise<string | undefined> {
  machine.inside(`nft "add table inet t; add chain inet t out { type filter hook output priority 0; }
    add rule inet t out tcp dport 9 drop"`);
  return machine.host.probe.tcp('127.0.0.1', 9, 300_000, signal);
}

describe('probe', () => {
  it('asks many things at once by one client, and says what is wrong with each answer', async () => {
    const { probe } = machine.host;
    const stop = new AbortController();
    const open = askForEver(stop.signal);
    serve();
    const asked = Array.from({ length: 40 }, (_, n) =>
      probe.dns('127.0.0.1:5353', `n${n}`, [n === 7 ? '10.0.0.8' : `10.0.0.${n}`], 10_000, never),
    );
    const refused = probe.tcp('127.0.0.1', 1, 10_000, never);
    const silent = probe.tcp('127.0.0.1', 9, 200, never);
    const answers = await Promise.all(asked);
    expect(answers.filter((why) => why !== undefined)).toEqual(['n7 is 10.0.0.7, not 10.0.0.8']);
    expect(await refused).toContain('ECONNREFUSED');
    expect(await silent).toBe('no answer within 0.2 s');
    expect(await clients()).toHaveLength(1);
    stop.abort();
    await expect(open).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('asks in the namespace that bears the name now', async () => {
    const { namespace } = machine.scope;
    const reached = () => machine.host.probe.tcp('10.8.8.1', 1, 10_000, never);
    machine.inside('ip link add here type bridge; ip addr add 10.8.8.1/24 dev here; ip link set here up');
    expect(await reached()).toContain('ECONNREFUSED');
    sh(`ip netns del ${namespace}; ip netns add ${namespace}; ip -n ${namespace} link set lo up`);
    expect(await reached()).toContain('ENETUNREACH');
  });

  it('goes on with another client when one is killed, and ends it with the host', async () => {
    const { probe } = machine.host;
    serve();
    const reached = () => probe.tcp('127.0.0.1', 5353, 10_000, never);
    const open = askForEver(never);
    expect(await reached()).toBeUndefined();
    const [client, ...more] = await clients();
    if (client === undefined) throw new Error('nobody asks');
    process.kill(client, 'SIGKILL');
    expect([await open, more]).toEqual(['whoever asked has ended', []]);
    expect(await reached()).toBeUndefined();
    await machine.host.close();
    await expect.poll(clients, { timeout: 60_000 }).toEqual([]);
  });
});
