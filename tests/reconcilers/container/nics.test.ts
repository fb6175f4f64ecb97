import { describe, expect, it } from 'vitest';

import { dependenciesOf } from '../../../controller/plan/dependencies.ts';
import { makePlan } from '../../../controller/plan/makePlan.ts';
import { diffNics } from '../../../reconcilers/container/diffNics.ts';
import { container } from '../../../reconcilers/container/index.ts';
import { desiredNics, unbuiltNics } from '../../../reconcilers/container/nics.ts';
import { formatNic, type NicSeen, parseNic } from '../../../reconcilers/container/nicsSeen.ts';
import type { ContainerSeen } from '../../../reconcilers/container/seen.ts';
import type { Resource } from '../../../schema/manifest.ts';
import { parseNovaFile } from '../../../schema/parse.ts';
import { place } from './converged.ts';

const text = `project = "demo"
[network.lan]
subnet = "10.0.0.1/24"
[network.dmz]
subnet = "10.82.0.1/24"
subnet6 = "fd00:82::1/64"
[network.a-name-that-is-no-link]
profile = "internal"
[network.shared]
type = "macvlan"
uplink = "wan0"
[container.web]
capsule = "."
command = ["/bin/true"]
network = "lan"
nics = [{ network = "dmz", ip = "10.82.0.9", ip6 = "fd00:82::9" }, { network = "a-name-that-is-no-link" }]
`;

async function declared() {
  const parsed = await parseNovaFile({ text, file: '/srv/NovaFile.toml' });
  if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues));
  const deps = dependenciesOf(parsed.manifest, () => undefined);
  const resource = parsed.manifest.resources.find(
    ({ kind }) => kind === 'container',
  ) as Resource<'container'>;
  return { deps, resource, desired: desiredNics(place, resource, deps) };
}

/** What is seen of links that are as they should be. */
async function whole(running = true): Promise<readonly NicSeen[]> {
  const { desired } = await declared();
  return desired.map(({ link, name, bridge, mtu, address, address6 }) => ({
    ...{ link, name, noted: true, given: address, given6: address6 },
    end: { up: true, master: bridge, mtu, alias: undefined },
    inside: running
      ? {
          linked: true,
          addresses: address === undefined ? [] : [address.ip],
          addresses6: address6 === undefined ? [] : [address6.ip],
          prefixes: { '10.82.0.9': 24, 'fd00:82::9': 64 },
        }
      : undefined,
  }));
}

async function changesOf(nics: readonly NicSeen[]) {
  const { deps, resource } = await declared();
  const seen = { ...place, nics } as unknown as ContainerSeen;
  return diffNics(resource, seen, deps).flatMap(({ effect, reason, changes }) => [
    `${effect}: ${reason}`,
    ...changes.map(({ path, before, after }) => `${path}: ${String(before)} -> ${String(after)}`),
  ]);
}

describe('further links of a capsule', () => {
  it('are called like their networks, where a link can be called so', async () => {
    const { desired } = await declared();
    expect(desired[0]?.name).toBe('dmz');
    expect(desired[1]?.name).toMatch(/^nv[0-9a-f]{12}$/);
    expect(new Set(desired.map(({ link }) => link)).size).toBe(2);
    expect(desired[0]?.address).toEqual({ ip: '10.82.0.9', prefix: 24, gateway: undefined });
  });

  it('are left alone as they should be, whether it runs or not', async () => {
    expect(await changesOf(await whole())).toEqual([]);
    expect(await changesOf(await whole(false))).toEqual([]);
  });

  const inside = {
    linked: true,
    addresses6: ['fd00:82::9'],
    prefixes: { '10.82.0.9': 24, 'fd00:82::9': 64 },
  };
  it.each<{ reason: string; broken: Partial<NicSeen>; told: readonly string[] }>([
    {
      reason: 'its end on the host is gone',
      broken: { end: undefined },
      told: [
        'live: it is not on network.dmz',
        'nics.dmz: undefined -> dmz',
        'nics.dmz.ip: undefined -> 10.82.0.9',
        'nics.dmz.ip6: undefined -> fd00:82::9',
      ],
    },
    {
      reason: 'its end on the host is a port of another bridge',
      broken: { end: { up: true, master: 'lan', mtu: 1500, alias: undefined } },
      told: ['live: its link to network.dmz is on lan', 'nics.dmz: lan -> dmz'],
    },
    {
      reason: 'it is down, and too small',
      broken: { end: { up: false, master: 'dmz', mtu: 1400, alias: undefined } },
      told: [
        'live: its link to network.dmz is on dmz, down',
        'nics.dmz: dmz, down -> dmz',
        'nics.dmz.mtu: 1400 -> 1500',
      ],
    },
    {
      reason: 'it has another address',
      broken: { inside: { ...inside, addresses: ['10.82.0.7'] } },
      told: ['live: its address on network.dmz is 10.82.0.7', 'nics.dmz.ip: 10.82.0.7 -> 10.82.0.9'],
    },
    {
      reason: 'it is not noted',
      broken: { noted: false },
      told: ['live: it is noted otherwise what its further networks are'],
    },
  ])('are mended while it runs: $reason', async ({ broken, told }) => {
    const [first, ...rest] = await whole();
    if (first === undefined) throw new Error('there is none');
    expect(await changesOf([{ ...first, ...broken }, ...rest])).toEqual(told);
  });

  it('go with what it is not on any more', async () => {
    const old: NicSeen = {
      ...{ link: 'nv000000000000', name: 'old', noted: true, given: undefined, given6: undefined },
      end: { up: true, master: 'old', mtu: 1500, alias: undefined },
      inside: undefined,
    };
    expect(await changesOf([...(await whole()), old])).toEqual([
      'live: it is on a network that it should not be on',
      'nics: old on old -> undefined',
    ]);
  });

  it('are noted in a file that is read back', () => {
    const given = { ip: '10.82.0.9', prefix: 24, gateway: undefined };
    const noted = { name: 'dmz', given, given6: undefined };
    expect(parseNic(formatNic(noted))).toEqual(noted);
    expect(parseNic('')).toBeUndefined();
    expect(parseNic(undefined)).toBeUndefined();
  });

  it('are refused by name where they are not built, when planning', async () => {
    const shared = text.replace('network = "a-name-that-is-no-link"', 'network = "shared"');
    const parsed = await parseNovaFile({ text: shared, file: '/srv/NovaFile.toml' });
    if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues));
    const plan = makePlan(parsed.manifest, { wanted: new Map(), strays: new Map(), intruders: [] });
    const { problems } = plan.resources.find(({ address }) => address === 'container.web') ?? {};
    expect(problems?.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      'not-built: container.web: a further network that is a macvlan is not built yet, and network.shared is one',
    ]);
  });

  it('have unbuilt keys that each are told by name', async () => {
    const { deps, resource } = await declared();
    expect(container.unbuilt(resource.spec, deps)).toEqual([]);
    const what = unbuiltNics(
      { nics: [{ network: 'shared' }, { network: 'dmz', mac: '52:54:00:00:00:01' }] },
      deps,
    ).map((each) => each.what);
    expect(what).toEqual([
      'a further network that is a macvlan is not built yet, and network.shared is one',
      '`nics[].mac` is not built yet',
    ]);
  });
});
