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

/** As Docker makes them, by `iptables`: what it does not know is dropped, and `DOCKER-USER` is asked first. */
const docker = [
  ...['-N DOCKER', '-N DOCKER-FORWARD', '-N DOCKER-CT', '-N DOCKER-USER', '-P FORWARD DROP'],
  ...['-A FORWARD -j DOCKER-USER', '-A FORWARD -j DOCKER-FORWARD', '-A DOCKER-FORWARD -j DOCKER-CT'],
  '-A DOCKER-CT -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  '-A DOCKER-FORWARD -i docker0 -j ACCEPT',
  '-A DOCKER-USER -j RETURN',
]
  .map((words) => `iptables-nft ${words}; ip6tables-nft ${words}`)
  .join('\n');

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
    lab.inside(docker);
    expect(await leaves()).toBe(false);
    const [step] = await lab.plan(nat);
    expect(step).toMatchObject({ id: 'rules', effect: 'live', changes: [{ path: 'docker' }] });
    await lab.apply(nat);
    expect(await lab.plan(nat)).toEqual([]);
    await expect.poll(leaves, { timeout: 20_000 }).toBe(true);
    // Docker still reads and changes its own.
    expect(lab.inside('iptables-nft -S DOCKER-USER')).toMatch(
      /-A DOCKER-USER -o lan .*-j ACCEPT\n-A DOCKER-USER -i lan .*-j ACCEPT\n-A DOCKER-USER -j RETURN\n/,
    );
    lab.inside('iptables-nft -A DOCKER-FORWARD -o docker0 -j DOCKER; iptables-nft -C DOCKER-USER -j RETURN');
    lab.inside('nft flush chain ip filter DOCKER-USER');
    expect(await lab.plan(nat)).toMatchObject([{ id: 'rules' }]);
    await lab.apply(nat);
    await lab.apply({ ...nat, profile: 'internal' });
    expect(lab.inside('iptables-nft -S DOCKER-USER')).toMatch(
      /^-N DOCKER-USER\n-A DOCKER-USER -i lan -o lan .*-j ACCEPT\n(-A DOCKER-USER -j RETURN\n)?$/,
    );
    await lab.apply(nat);
    await expect.poll(leaves, { timeout: 20_000 }).toBe(true);
    lab.inside('nft delete table ip filter; nft delete table ip6 filter');
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
      whose: 'what a firewalld that has ended left',
      script:
        'add table inet firewalld; add chain inet firewalld filter_FORWARD { type filter hook forward priority 10; policy accept; }; add rule inet firewalld filter_FORWARD reject',
      told: /^table inet firewalld, which rejects what lan forwards/,
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

  it('comes back whole after everything was flushed', async () => {
    lab.inside('nft flush ruleset');
    expect(await lab.plan(nat)).not.toEqual([]);
    await lab.apply(nat);
    expect(await lab.plan(nat)).toEqual([]);
    await expect.poll(leaves, { timeout: 20_000 }).toBe(true);
  });
});
