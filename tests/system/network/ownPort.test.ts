import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { linkName } from '../../../reconcilers/identity.ts';
import { twoCapsules } from '../support/novaFiles.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
  await world.write(twoCapsules);
  await world.novaMust(['apply', '--yes']);
});

afterAll(async () => world[Symbol.asyncDispose]());

const setting = 'net/bridge/bridge-nf-call-iptables';

const filterBridges = (on: 0 | 1) => world.inside(['sh', '-c', `echo ${on} > /proc/sys/${setting}`]);

const ask = (who: string) =>
  world.novaMust(['exec', who, '--', 'timeout', '5', 'wget', '-q', '-O', '-', 'http://192.168.77.1:8080/']);

describe('a published port', () => {
  it.each([
    { reason: 'bridged packets do not pass the packet filter', filtered: 0 as const },
    { reason: 'bridged packets pass the packet filter', filtered: 1 as const },
  ])('is reached by its own capsule and by another one where $reason', async ({ filtered }) => {
    await filterBridges(filtered);
    expect(await ask('visitor')).toBe('hello\n');
    expect(await ask('web')).toBe('hello\n');
  });

  it('is given back by the port of the bridge, of which a change is repaired', async () => {
    await filterBridges(1);
    const veth = linkName(world.identity('demo', 'container.web'));
    await world.inside(['ip', 'link', 'set', veth, 'type', 'bridge_slave', 'hairpin', 'off']);
    expect(
      (
        await world.nova([
          'exec',
          'web',
          '--',
          'timeout',
          '2',
          'wget',
          '-q',
          '-O',
          '-',
          'http://192.168.77.1:8080/',
        ])
      ).code,
    ).not.toBe(0);
    expect(await world.drift()).toMatchObject([
      {
        address: 'container.web',
        class: 'changed',
        fields: [{ path: 'hairpin', actual: 'off', desired: 'on' }],
      },
    ]);
    await world.novaMust(['apply', '--yes']);
    expect(await world.drift()).toEqual([]);
    expect(await ask('web')).toBe('hello\n');
  });

  it('leaves links of capsules that publish nothing as they are', async () => {
    const veth = linkName(world.identity('demo', 'container.visitor'));
    const [link] = JSON.parse(await world.inside(['ip', '-j', '-d', 'link', 'show', veth])) as {
      linkinfo: { info_slave_data: { hairpin: boolean } };
    }[];
    expect(link?.linkinfo.info_slave_data.hairpin).toBe(false);
  });
});
