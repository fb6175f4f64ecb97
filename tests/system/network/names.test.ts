import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { identityOf } from '../../../reconcilers/identity.ts';
import { answersByName } from '../../../reconcilers/network/dnsmasq/answersByName.ts';
import { dhcpHost, memberRecord } from '../../../reconcilers/network/dnsmasq/memberRecord.ts';
import { memberFile } from '../../../reconcilers/network/paths.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import { createLab, idsOf, type Lab } from './lab.ts';

const spec: NetworkSpec = {
  type: 'bridge',
  profile: 'internal',
  subnet: '10.77.0.1/16',
  subnet6: 'fd00:77::1/64',
  dns: true,
  domain: 'lan.internal',
  mtu: 1500,
  records: { nas: ['10.77.0.21', 'fd00:77::21'], 'b.c': ['10.77.0.22'] },
  reservations: [{ mac: '52:54:00:12:34:56', ip: '10.77.0.20', ip6: 'fd00:77::20', name: 'printer' }],
};

const { signal } = new AbortController();
let lab: Lab;

beforeAll(async () => {
  lab = createLab();
  await lab.apply(spec);
});
afterAll(async () => lab[Symbol.asyncDispose]());

const server = '10.77.0.1';
/** Why a name is not answered so; undefined: it is. */
const wrong = (name: string, ...expected: readonly string[]) =>
  lab.host.probe.dns(server, name, expected, 5_000, signal);

/** As a member of the network puts it there, and takes it away. */
function hosts(n: number) {
  const identity = identityOf(lab.scope, 'demo', `container.host-${n}`);
  const ips = { ip: `10.77.${1 + (n >> 8)}.${n & 255}`, ip6: `fd00:77::${(n + 1).toString(16)}:1` };
  const { paths } = lab.place;
  const [names, leases] = [memberFile(paths.hosts, identity), memberFile(paths.dhcpHosts, identity)];
  return {
    name: `host-${n}`,
    ips,
    add: async () => {
      const mac = `52:54:01:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`;
      await lab.host.files.write(leases, dhcpHost(mac, ips, `host-${n}`), 0o644);
      await lab.host.files.write(names, memberRecord(`host-${n}`, spec.domain, ips), 0o644);
    },
    remove: async () => {
      await lab.host.files.remove(names);
      await lab.host.files.remove(leases);
    },
  };
}

/** Somebody in the network who asks for `nas`, one question after the other. */
function ask(ip: string) {
  const program = resolve(import.meta.dirname, '../support/lookUpMain.ts');
  const enter = [`--net=/run/netns/${lab.scope.namespace}`, process.execPath, program];
  const child = spawn('nsenter', [...enter, server, 'nas.lan.internal', ip, '500'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (said += piece));
  return { child, ended: once(child, 'close'), said: () => said };
}

describe('names of a network', () => {
  it('are answered: of the host, of records, and of strangers with a reservation', async () => {
    expect(await lab.plan(spec)).toEqual([]);
    expect(await wrong('_gateway.lan.internal', '10.77.0.1', 'fd00:77::1')).toBeUndefined();
    expect(await wrong('nas', '10.77.0.21', 'fd00:77::21')).toBeUndefined();
    expect(await wrong('nas.lan.internal', '10.77.0.21')).toBeUndefined();
    expect(await wrong('b.c', '10.77.0.22')).toBeUndefined();
    expect(await wrong('printer.lan.internal', '10.77.0.20', 'fd00:77::20')).toBeUndefined();
  });

  it('follow a change of records and reservations without a restart', async () => {
    const [before] = await lab.dnsmasq();
    const { records: _records, ...bare } = spec;
    const other: NetworkSpec = {
      ...bare,
      reservations: [{ mac: '52:54:00:12:34:56', ip: '10.77.0.30', name: 'printer' }],
    };
    expect(idsOf(await lab.apply(other))).toEqual(['dnsmasq.config']);
    await expect.poll(() => wrong('printer.lan.internal', '10.77.0.30'), { timeout: 30_000 }).toBeUndefined();
    await expect.poll(() => wrong('nas', '10.77.0.21'), { timeout: 30_000 }).toContain('ENOTFOUND');
    expect(idsOf(await lab.apply(spec))).toEqual(['dnsmasq.config']);
    await expect.poll(() => wrong('nas', '10.77.0.21', 'fd00:77::21'), { timeout: 30_000 }).toBeUndefined();
    expect(await lab.plan(spec)).toEqual([]);
    expect((await lab.dnsmasq())[0]).toBe(before);
  });

  it('are answered a thousand times while fifty hosts come and go', async () => {
    const [before] = await lab.dnsmasq();
    const asking = ['10.77.0.21', 'fd00:77::21'].map(ask);
    const all = (word: string) => asking.every(({ said }) => said().includes(word));
    await expect.poll(() => all('asking'), { timeout: 60_000 }).toBe(true);
    let changed = 0;
    // As long as they ask, as what comes and goes before and after that proves nothing. The first 25 have nobody to go for them.
    for (; changed < 75 || !all('enough'); changed += 1) {
      const [come, go] = [hosts(2000 + (changed % 50)), hosts(2000 + ((changed + 25) % 50))];
      await come.add();
      await expect
        .poll(() => wrong(come.name, come.ips.ip, come.ips.ip6), { timeout: 30_000 })
        .toBeUndefined();
      await go.remove();
    }
    for (const { child } of asking) child.stdin.end();
    await Promise.all(asking.map(({ ended }) => ended));
    const fine: unknown = expect.stringMatching(/^asking\nenough\n\d+ right\n$/);
    expect(asking.map(({ said }) => said())).toEqual([fine, fine]);
    for (let n = 2000; n < 2050; n += 1) await hosts(n).remove();
    await expect
      .poll(() => wrong(hosts(2030).name, hosts(2030).ips.ip), { timeout: 30_000 })
      .toContain('ENOTFOUND');
    expect((await lab.dnsmasq())[0]).toBe(before);
  });

  it('are answered once a member is said to be ready, a thousand times', async () => {
    for (let batch = 0; batch < 1000; batch += 50) {
      const members = Array.from({ length: 50 }, (_, n) => hosts(batch + n));
      const states = await Promise.all(
        members.map(async ({ name, ips, add }) => {
          await add();
          const from = { address: server, domain: spec.domain };
          const ready = await answersByName(lab.host, { name, ips, server: from }, signal);
          return [ready.ready, await wrong(name, ips.ip, ips.ip6)];
        }),
      );
      expect(states.filter(([ready, why]) => ready !== true || why !== undefined)).toEqual([]);
    }
  });
});
