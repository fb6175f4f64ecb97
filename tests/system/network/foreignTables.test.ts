import { randomBytes } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { must, run } from '../support/shell.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import { createLab, type Lab } from './lab.ts';

const nat: NetworkSpec = {
  type: 'bridge',
  profile: 'nat',
  subnet: '192.168.77.1/24',
  dns: false,
  domain: 'lan.internal',
  mtu: 1500,
};

/** As Docker makes them: what it does not know is dropped, and `DOCKER-USER` is asked first. */
const docker = [
  'add table ip filter',
  'add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }',
  'add chain ip filter DOCKER-USER',
  'add rule ip filter FORWARD counter jump DOCKER-USER',
  'add rule ip filter DOCKER-USER counter return',
].join('; ');

describe('a network beside tables of others', () => {
  let lab: Lab;
  const [member, outside] = ['m', 'o'].map(() => `nvt-${randomBytes(4).toString('hex')}`);
  const within = (name: string | undefined, line: string) =>
    must(['nsenter', `--net=/run/netns/${name}`, 'sh', '-ec', line]);
  const leaves = async () =>
    (
      await run([
        'nsenter',
        `--net=/run/netns/${member}`,
        'busybox',
        'ping',
        '-c',
        '1',
        '-W',
        '1',
        '10.9.9.9',
      ])
    ).code === 0;

  beforeAll(async () => {
    lab = createLab();
    for (const name of [member, outside]) await must(['ip', 'netns', 'add', String(name)]);
    lab.inside(
      `ip link add wan0 type veth peer name eth0 netns ${outside}; ip addr add 10.9.9.1/24 dev wan0; ip link set wan0 up`,
    );
    await within(outside, 'ip addr add 10.9.9.9/24 dev eth0; ip link set eth0 up');
    await lab.apply(nat);
    lab.inside(`ip link add port type veth peer name eth0 netns ${member}; ip link set port master lan up`);
    await within(
      member,
      'ip addr add 192.168.77.9/24 dev eth0; ip link set eth0 up; ip route add default via 192.168.77.1',
    );
    await vi.waitUntil(leaves, { timeout: 20_000, interval: 200 });
  });
  afterAll(async () => {
    for (const name of [member, outside]) await run(['ip', 'netns', 'delete', String(name)]);
    await lab[Symbol.asyncDispose]();
  });

  it('is let through by Docker, which would drop what it forwards, and takes that back when it goes', async () => {
    lab.inside(`nft '${docker}'`);
    expect(await leaves()).toBe(false);
    const [step] = await lab.plan(nat);
    expect(step).toMatchObject({ id: 'rules', effect: 'live', changes: [{ path: 'docker' }] });
    await lab.apply(nat);
    expect(await lab.plan(nat)).toEqual([]);
    await expect.poll(leaves, { timeout: 20_000 }).toBe(true);
    lab.inside('nft flush chain ip filter DOCKER-USER');
    expect(await lab.plan(nat)).toMatchObject([{ id: 'rules' }]);
    await lab.apply(nat);
    await lab.apply({ ...nat, profile: 'internal' });
    expect(lab.inside('nft list chain ip filter DOCKER-USER')).not.toContain('accept');
    await lab.apply(nat);
    await expect.poll(leaves, { timeout: 20_000 }).toBe(true);
    lab.inside('nft delete table ip filter');
    expect(await lab.plan(nat)).toEqual([]);
  });

  it.each([
    {
      whose: 'a chain that drops',
      script:
        'add table ip other; add chain ip other stop { type filter hook forward priority 5; policy drop; }',
      told: /chain stop of table ip other/,
    },
    {
      whose: 'firewalld',
      script:
        'add table inet firewalld; add chain inet firewalld filter_FORWARD { type filter hook forward priority 10; policy accept; }; add rule inet firewalld filter_FORWARD reject',
      told: /firewall-cmd --zone=trusted --change-interface=lan/,
    },
  ])('tells what of others stops it, and leaves it alone: $whose', async ({ script, told }) => {
    lab.inside(`nft '${script}'`);
    const before = lab.inside('nft list ruleset');
    expect((await lab.observe(nat)).intruders.map(({ what }) => what)).toContainEqual(
      expect.stringMatching(told),
    );
    expect(await lab.plan(nat)).toEqual([]);
    expect(lab.inside('nft list ruleset')).toBe(before);
    const [, family, name] = /add table (\S+) ([^;]+)/.exec(script) ?? [];
    lab.inside(`nft delete table ${family} ${name}`);
  });

  it('says nothing of firewalld where the bridge is in a zone, also after firewalld was loaded anew', async () => {
    const zone =
      'add table inet firewalld; add chain inet firewalld filter_FORWARD { type filter hook forward priority 10; policy accept; }; add rule inet firewalld filter_FORWARD iifname lan accept; add rule inet firewalld filter_FORWARD reject';
    const others = async () =>
      (await lab.observe(nat)).intruders.filter(({ what }) => what.includes('firewalld'));
    lab.inside(`nft '${zone}'`);
    expect(await others()).toEqual([]);
    lab.inside(`nft 'delete table inet firewalld; ${zone}'`);
    expect([await others(), await lab.plan(nat)]).toEqual([[], []]);
    lab.inside('nft delete table inet firewalld');
  });

  it('comes back whole after everything was flushed', async () => {
    lab.inside('nft flush ruleset');
    expect(await lab.plan(nat)).not.toEqual([]);
    await lab.apply(nat);
    expect(await lab.plan(nat)).toEqual([]);
    await expect.poll(leaves, { timeout: 20_000 }).toBe(true);
  });
});
