import { appendFileSync, rmSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { NetworkSpec } from '../../../schema/network.ts';
import { createLab, idsOf, type Lab } from './lab.ts';

const nat: NetworkSpec = {
  type: 'bridge',
  profile: 'nat',
  subnet: '192.168.77.1/24',
  dhcp_range: '192.168.77.100-192.168.77.150',
  dns: true,
  domain: 'lan.internal',
  mtu: 1500,
};

describe('a network that is broken by hand', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = createLab();
    lab.inside('ip link add name wan0 type veth peer name wan1; echo 0 > /proc/sys/net/ipv4/ip_forward');
    await lab.apply(nat);
  });
  afterAll(async () => lab[Symbol.asyncDispose]());

  it('is made as declared, and works', async () => {
    expect(await lab.plan(nat)).toEqual([]);
    expect(await lab.unready(nat)).toBeUndefined();
  });

  it.each([
    {
      hand: 'deletes the bridge',
      line: 'ip link delete lan',
      ids: ['bridge.create', 'address'],
      class: 'missing',
    },
    { hand: 'downs the bridge', line: 'ip link set lan down', ids: ['bridge.set'], class: 'stopped' },
    { hand: 'removes its address', line: 'ip addr flush dev lan', ids: ['address'], class: 'changed' },
    {
      hand: 'gives it another address of the same subnet first',
      line: 'ip addr flush dev lan; ip addr add 192.168.77.7/24 dev lan; ip addr add 192.168.77.1/24 dev lan',
      ids: ['address'],
      class: 'changed',
    },
    { hand: 'changes its MTU', line: 'ip link set lan mtu 1400', ids: ['bridge.set'], class: 'changed' },
    {
      hand: 'changes its MAC',
      line: 'ip link set lan address 02:00:00:00:00:01',
      ids: ['bridge.set'],
      class: 'changed',
    },
    { hand: 'renames it', line: 'ip link set lan name nal', ids: ['bridge.set'], class: 'changed' },
    { hand: 'kills dnsmasq', line: 'kill -9 $PID', ids: ['dnsmasq.start'], class: 'stopped' },
    {
      hand: 'stops dnsmasq with a signal',
      line: 'kill -STOP $PID',
      ids: ['dnsmasq.start'],
      class: 'stopped',
    },
    {
      hand: 'deletes the table',
      line: 'nft delete table inet $TABLE',
      ids: ['forwarding', 'rules'],
      class: 'changed',
    },
    {
      hand: 'flushes the table',
      line: 'nft flush table inet $TABLE',
      ids: ['forwarding', 'rules'],
      class: 'changed',
    },
    {
      hand: 'flushes the ruleset',
      line: 'nft flush ruleset',
      ids: ['forwarding', 'rules'],
      class: 'changed',
    },
    {
      hand: 'removes one rule',
      line: "nft delete rule inet $TABLE forward handle $(nft -a list chain inet $TABLE forward | sed -n 's/.*handle //p' | tail -n 1)",
      ids: ['rules'],
      class: 'changed',
    },
    {
      hand: 'lets a chain drop by default',
      line: "nft 'chain inet $TABLE forward { policy drop; }'",
      ids: ['rules'],
      class: 'changed',
    },
    {
      hand: 'hangs a chain on another hook',
      line: "nft 'flush chain inet $TABLE forward; delete chain inet $TABLE forward; add chain inet $TABLE forward { type filter hook input priority 0; }'",
      ids: ['rules'],
      class: 'changed',
    },
    {
      hand: 'turns forwarding off',
      line: 'echo 0 > /proc/sys/net/ipv4/ip_forward',
      ids: ['forwarding'],
      class: 'changed',
    },
  ])('is repaired when somebody $hand', async ({ line, ids, class: kind }) => {
    lab.inside(line.replaceAll('$PID', await pidOfDnsmasq(lab)).replaceAll('$TABLE', lab.place.table));
    const steps = await lab.plan(nat);
    expect(idsOf(steps)).toEqual(ids);
    expect(steps.every((step) => step.class === kind)).toBe(true);
    await lab.run(steps, nat);
    await lab.run(steps, nat);
    expect(await lab.plan(nat)).toEqual([]);
    expect(await lab.unready(nat)).toBeUndefined();
  });

  it('keeps dnsmasq running while its bridge is made again', async () => {
    const before = await pidOfDnsmasq(lab);
    lab.inside('ip link delete lan');
    await lab.apply(nat);
    expect(await pidOfDnsmasq(lab)).toBe(before);
    expect(await lab.unready(nat)).toBeUndefined();
  });

  it('restarts dnsmasq, and nothing else, when its configuration is edited', async () => {
    const before = await pidOfDnsmasq(lab);
    appendFileSync(lab.place.paths.config, 'log-queries\n');
    expect(idsOf(await lab.apply(nat))).toEqual(['dnsmasq.config', 'dnsmasq.start']);
    expect(await pidOfDnsmasq(lab)).not.toBe(before);
    expect(await lab.plan(nat)).toEqual([]);
  });

  it('brings its folder back with everything in it', async () => {
    rmSync(lab.place.paths.folder, { recursive: true });
    expect(idsOf(await lab.apply(nat))).toEqual(['owner', 'dnsmasq.config', 'dnsmasq.start']);
    expect(await lab.plan(nat)).toEqual([]);
    expect(await lab.unready(nat)).toBeUndefined();
  });

  it('ends a second dnsmasq that runs out of its place', async () => {
    lab.inside('kill -9 $PID'.replace('$PID', await pidOfDnsmasq(lab)));
    // The dead one may keep its port for a moment.
    const start = `${lab.place.argv.join(' ')} </dev/null >/dev/null 2>&1`;
    lab.inside(`for attempt in $(seq 50); do if ${start}; then exit 0; fi; sleep 0.1; done; exit 1`);
    expect(idsOf(await lab.apply(nat))).toEqual(['dnsmasq.start']);
    expect(await lab.plan(nat)).toEqual([]);
    expect(await lab.dnsmasq()).toHaveLength(1);
  });

  it('is finished when it was cut off half-made, marked or not', async () => {
    const { temporary, mark } = lab.place;
    lab.inside(`ip link delete lan; ip link add name ${temporary} type bridge`);
    expect(idsOf(await lab.apply(nat))).toEqual(['unfinished', 'bridge.create', 'address']);
    lab.inside(
      `ip link delete lan; ip link add name ${temporary} type bridge; ip link set ${temporary} alias ${mark}`,
    );
    expect(idsOf(await lab.apply(nat))).toEqual(['bridge.set', 'address']);
    expect(await lab.plan(nat)).toEqual([]);
    expect(lab.inside('ip -o link')).not.toContain(temporary);
  });

  it('holds its MTU against a port with a smaller one', async () => {
    lab.inside('ip link set wan0 mtu 1300; ip link set wan0 master lan');
    expect(await lab.plan(nat)).toEqual([]);
    lab.inside('ip link set wan0 nomaster');
  });

  it('says what a stranger put into it', async () => {
    lab.inside(`ip link set wan0 master lan; nft add rule inet ${lab.place.table} forward counter`);
    const { intruders } = await lab.observe(nat);
    expect(intruders).toEqual([
      { address: 'network.lan', what: 'link wan0 on bridge lan' },
      { address: 'network.lan', what: expect.stringMatching(/^rule \d+ in chain forward/) as string },
    ]);
    expect(await lab.plan(nat)).toEqual([]);
    lab.inside(`ip link set wan0 nomaster; nft flush ruleset`);
    await lab.apply(nat);
  });

  it('becomes what the NovaFile says now', async () => {
    const internal: NetworkSpec = { ...nat, profile: 'internal', subnet: '192.168.77.2/24', mtu: 9000 };
    await lab.apply(internal);
    expect(await lab.plan(internal)).toEqual([]);
    expect(await lab.unready(internal)).toBeUndefined();
    expect(lab.inside('cat /proc/sys/net/ipv4/ip_forward')).toBe('0\n');
    await lab.apply(nat);
    expect(await lab.plan(nat)).toEqual([]);
  });
});

async function pidOfDnsmasq(lab: Lab): Promise<string> {
  return String((await lab.dnsmasq())[0]);
}
