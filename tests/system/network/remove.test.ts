import { existsSync } from 'node:fs';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { NetworkSpec } from '../../../schema/network.ts';
import { removeTable, isEmpty } from '../../../reconcilers/network/rules/projectTable.ts';
import { placeOf } from '../../../reconcilers/network/place.ts';
import { createLab, idsOf, type Lab } from './lab.ts';

const nat: NetworkSpec = {
  type: 'bridge',
  profile: 'nat',
  subnet: '192.168.77.1/24',
  dns: true,
  domain: 'lan.internal',
  mtu: 1500,
};

describe('a network that goes', () => {
  let lab: Lab;
  beforeEach(() => {
    lab = createLab();
    lab.inside(
      'echo 0 > /proc/sys/net/ipv4/ip_forward; nft add table inet theirs; ip link add name theirs type bridge',
    );
  });
  afterEach(async () => lab[Symbol.asyncDispose]());

  it('leaves nothing but what was there before', async () => {
    const before = await stateOf(lab);
    await lab.apply(nat);
    expect(await stateOf(lab)).not.toEqual(before);
    const steps = await lab.apply(undefined);
    expect(idsOf(steps)).toEqual(['dnsmasq.remove', 'bridge.remove', 'rules.remove', 'remove']);
    await lab.run(steps, undefined);
    const tables = await lab.host.view().tables();
    expect(isEmpty(tables, lab.place.table)).toBe(true);
    await lab.host.filter.change(removeTable(lab.place.table));
    await lab.host.filter.change(removeTable(lab.place.table));
    expect(await stateOf(lab)).toEqual(before);
    expect(await lab.plan(undefined)).toEqual([]);
  });

  it.each([
    { left: 'its bridge', keep: 'bridge.remove' },
    { left: 'its rules', keep: 'rules.remove' },
    { left: 'its dnsmasq and folders', keep: 'dnsmasq.remove' },
    { left: 'its folders', keep: 'remove' },
  ] as const)('is still known when only $left is left', async ({ keep }) => {
    await lab.apply(nat);
    const steps = await lab.plan(undefined);
    const others = steps.filter(
      ({ id }) => id !== keep && (id !== 'remove' || keep === 'bridge.remove' || keep === 'rules.remove'),
    );
    await lab.run(others, undefined);
    expect(idsOf(await lab.plan(undefined))).toContain(keep);
    await lab.apply(undefined);
    expect(await lab.plan(undefined)).toEqual([]);
  });

  it('is still known when only the process of dnsmasq is left', async () => {
    await lab.apply(nat);
    const steps = await lab.plan(undefined);
    await lab.run(
      steps.filter(({ id }) => id === 'bridge.remove' || id === 'rules.remove'),
      undefined,
    );
    lab.inside(`rm -r ${lab.place.paths.folder} ${lab.place.paths.leasesFolder}`);
    expect(idsOf(await lab.apply(undefined))).toEqual(['dnsmasq.remove', 'remove']);
    expect(await lab.plan(undefined)).toEqual([]);
  });

  it.each(['bridge.create', 'address', 'forwarding', 'rules', 'dnsmasq.config', 'dnsmasq.start'])(
    'law: leaves nothing when its making was cut off after %s',
    async (last) => {
      const before = await stateOf(lab);
      const steps = await lab.plan(nat);
      await lab.run(steps.slice(0, idsOf(steps).indexOf(last) + 1), nat);
      await lab.apply(undefined);
      await lab.host.filter.change(removeTable(lab.place.table));
      expect(await stateOf(lab)).toEqual(before);
    },
  );
});

describe('a network whose name is taken', () => {
  let lab: Lab;
  beforeEach(() => {
    lab = createLab();
  });
  afterEach(async () => lab[Symbol.asyncDispose]());

  it.each([
    { whose: "somebody's own bridge", alias: '', why: 'does not carry the mark' },
    {
      whose: 'a bridge of another project',
      alias: 'nova:SCOPE/other/network.lan',
      why: 'network.lan of project other',
    },
    {
      whose: 'a bridge of another scope',
      alias: 'nova:00000000/demo/network.lan',
      why: 'another data directory',
    },
  ])('is foreign, and leaves it alone: $whose', async ({ alias, why }) => {
    lab.inside(
      `ip link add name lan type bridge; ip link set lan alias '${alias.replace('SCOPE', lab.scope.id)}'`,
    );
    const before = await stateOf(lab);
    expect((await lab.observe(nat)).wanted.get('network.lan')).toMatchObject({
      status: 'foreign',
      why: expect.stringContaining(why) as string,
    });
    expect((await lab.observe(undefined)).strays.size).toBe(0);
    const made = await lab.run(await createSteps(), nat).catch((error: unknown) => error);
    expect(made).toMatchObject({ code: 'host.foreign' });
    await lab.apply(undefined);
    expect(await stateOf(lab)).toEqual(before);
  });

  /** As planned before the name was taken. */
  async function createSteps() {
    await using other = createLab();
    return await other.plan(nat);
  }

  it('does not meet another project on the same host', async () => {
    await lab.apply(nat);
    const before = await stateOf(lab);
    const other = placeOf(lab.scope, 'other', 'network.lan');
    expect(other.table).not.toBe(lab.place.table);
    expect(other.paths.folder).not.toBe(lab.place.paths.folder);
    expect(await stateOf(lab)).toEqual(before);
  });
});

/** Links, rules, forwarding and files; what is empty or volatile left out. */
async function stateOf(lab: Lab): Promise<readonly string[]> {
  const { scope } = lab;
  return [
    lab.inside(
      "ip -o addr | sed 's/valid_lft.*//'; ip -o link | sed 's/.*: \\(.*\\) mtu \\([0-9]*\\).*/\\1 \\2/'",
    ),
    lab.inside('nft list ruleset; cat /proc/sys/net/ipv4/ip_forward'),
    lab.inside(`find ${scope.data}/networks ${scope.run}/networks 2>/dev/null || true`),
    lab.inside(
      `ls -d /sys/fs/cgroup/*/nova/${scope.id}/${lab.place.cgroup.split('/').at(-1)} 2>/dev/null || true`,
    ),
    String(existsSync(lab.place.paths.folder)),
    `dnsmasq ${(await lab.dnsmasq()).length}`,
  ];
}
