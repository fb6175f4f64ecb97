import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { linkName } from '../../../reconcilers/identity.ts';
import { startController, until } from '../support/controller.ts';
import { forceGone } from '../support/forceGone.ts';
import { twoCapsules } from '../support/novaFiles.ts';
import { must, run } from '../support/shell.ts';
import { createWorld, type World } from '../support/world.ts';

const laptop = `nvt-${randomBytes(4).toString('hex')}`;
const mac = '02:00:00:00:77:01';
const novaFile = twoCapsules.replace(
  '[network.lan]\n',
  '# the only one\n[network.lan]\n  forwards   =  ["8081 -> container.web:80"]  # for who knows\n',
);

let world: World;

beforeAll(async () => {
  world = await createWorld();
  await world.write(novaFile);
  expect((await world.nova(['watch', '--name', 'lab', '--once'])).code).toBe(0);
});

afterAll(async () => {
  await run(['ip', 'netns', 'delete', laptop]);
  await world[Symbol.asyncDispose]();
});

/** A stranger on the bridge, who asks for an address by DHCP and says what it got. */
async function lease(): Promise<string> {
  await run(['ip', 'netns', 'add', laptop]);
  await run(['ip', 'netns', 'exec', laptop, 'ip', 'link', 'delete', 'eth0']);
  const veth = ['link', 'add', 'stranger0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', laptop];
  await world.inside(['ip', ...veth]);
  await world.inside(['ip', 'link', 'set', 'stranger0', 'master', 'lan', 'up']);
  const enter = ['nsenter', `--net=/run/netns/${laptop}`];
  await must([...enter, 'ip', 'link', 'set', 'eth0', 'address', mac, 'up']);
  const asking = ['busybox', 'udhcpc', '-f', '-q', '-n', '-t', '20', '-T', '1', '-x', 'hostname:laptop'];
  const { code, stdout, stderr } = await run([...enter, ...asking, '-i', 'eth0', '-s', '/bin/true']);
  if (code !== 0) throw new Error(`no lease: ${stdout}${stderr}`);
  return ((await netJson('leases'))['leases'] as { ip: string }[])[0]?.ip ?? 'none';
}

/** What of a state is not there (any more). */
async function missing(state: readonly string[]): Promise<readonly string[]> {
  if (!(await world.state()).includes(`netns ${world.netns}`)) return state;
  const now = new Set(await world.state('inside'));
  return state.filter((line) => !now.has(line));
}

async function netJson(...words: readonly string[]): Promise<Record<string, unknown>> {
  return JSON.parse(await world.novaMust(['net', ...words, '--json'])) as Record<string, unknown>;
}

describe('nova net', () => {
  it('lists networks, and tells everything of one: what is declared, what is there, who is on it', async () => {
    await world.inside(['ip', 'link', 'set', 'lan', 'mtu', '1400']);
    expect(await world.novaMust(['net', 'ls'])).toBe(
      `${[
        'NAME  STATE  DRIFT    PROFILE  ADDRESSES        BRIDGE  MEMBERS  LEASES',
        'lan   up     changed  nat      192.168.77.1/24  lan     2        0',
      ].join('\n')}\n`,
    );
    await world.inside(['ip', 'link', 'set', 'lan', 'mtu', '1500']);
    const veth = linkName(world.identity('demo', 'container.web'));
    const { network } = await netJson('show', 'lan');
    expect(network).toMatchObject({
      address: 'network.lan',
      state: 'up',
      drift: null,
      declared: { profile: 'nat', subnet: '192.168.77.1/24', forwards: ['8081 -> container.web:80/tcp'] },
      bridge: { name: 'lan', up: true, mtu: 1500, addresses: ['192.168.77.1/24'] },
      dnsmasq: 'running',
      members: [{ address: 'container.visitor' }, { address: 'container.web' }],
      ports: expect.arrayContaining([{ link: veth, member: 'container.web' }]) as unknown,
      leases: [],
    });
    const told = await world.novaMust(['net', 'show', 'network.lan']);
    expect(told).toMatch(/^network\.lan\n {2}state +up: 192\.168\.77\.1\/24 nat, 2 ports\n {2}drift +none\n/);
    expect(told).toMatch(/^ {4}forwards +\["8081 -> container\.web:80\/tcp"\]$/m);
    const { code, stderr } = await world.nova(['net', 'show', 'wan']);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/no network wan.*\n.*there are lan/)]);
  });

  it('lists what DHCP has lent', async () => {
    const ip = await lease();
    expect(ip).toMatch(/^192\.168\.77\.1[0-5]\d$/);
    const { leases } = await netJson('leases', 'lan');
    const expires = expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as unknown;
    expect(leases).toEqual([{ network: 'lan', ip, mac, name: 'laptop', member: null, expires }]);
    const line = new RegExp(`^lan +${ip} +${mac} +laptop +- +in 1[12]h`, 'm');
    expect(await world.novaMust(['net', 'leases'])).toMatch(line);
    await world.inside(['ip', 'link', 'delete', 'stranger0']);
  });
});

describe('nova net create', () => {
  const create = ['net', 'create', 'hyperv0', '--type', 'bridge', '--profile', 'nat', '--uplink', 'enp6s0'];
  const where = ['--subnet', '192.168.220.1/24', '--dhcp-range', '192.168.220.50-192.168.220.150'];

  beforeAll(async () => {
    await world.inside(['sh', '-ec', uplink]);
  });
  afterAll(async () => {
    await world.inside(['sh', '-ec', 'ip link delete enp5s0; ip link delete enp6s0']);
  });

  it.each([
    { reason: 'nobody agreed', argv: [...create, ...where], code: 'plan.declined' },
    {
      reason: 'it cannot be',
      argv: [...create, '--subnet', '192.168.77.5/24', '--yes'],
      code: 'network.overlap',
    },
    { reason: 'a value makes no sense', argv: [...create, '--mtu', 'large', '--yes'], code: 'schema.type' },
    { reason: 'it is declared', argv: ['net', 'create', 'lan', '--yes'], code: 'schema.duplicate' },
    {
      reason: "its bridge is somebody else's",
      argv: ['net', 'create', 'theirs', ...where, '--yes'],
      code: 'host.foreign',
    },
  ])('leaves file and host as they are where $reason', async ({ argv, code }) => {
    await run([
      'nsenter',
      `--net=/run/netns/${world.netns}`,
      'ip',
      'link',
      'add',
      'theirs',
      'type',
      'bridge',
    ]);
    const before = await world.state('inside');
    const ended = await world.nova([...argv, '--json']);
    expect([ended.code, ended.stdout]).toEqual([1, expect.stringContaining(`"${code}"`)]);
    expect(await world.read(world.file)).toBe(novaFile);
    expect((await world.state('inside')).filter(isNoLock)).toEqual(before.filter(isNoLock));
    await world.inside(['ip', 'link', 'delete', 'theirs']);
  });

  it('adds it to the file, shows the plan of the whole project, and applies it', async () => {
    await world.inside(['ip', 'link', 'set', 'lan', 'mtu', '1400']);
    const said = await world.novaMust([...create, ...where, '--yes']);
    expect(said).toMatch(/\+ network\.hyperv0[^]*~ network\.lan|~ network\.lan[^]*\+ network\.hyperv0/);
    expect(said).toContain('network.hyperv0 is added to');
    expect(said).toContain('Apply: 2 of 2 applied.');
    const table = [
      '',
      '[network.hyperv0]',
      'type = "bridge"',
      'profile = "nat"',
      'uplink = "enp6s0"',
      'subnet = "192.168.220.1/24"',
      'dhcp_range = "192.168.220.50-192.168.220.150"',
      '',
    ].join('\n');
    expect(await world.read(world.file)).toBe(
      novaFile.replace('\n[volume.pages]', `${table}\n[volume.pages]`),
    );
    expect(await world.drift()).toEqual([]);
    // Members leave by it, and the host itself does not.
    const way = ['ip', 'route', 'get', '203.0.113.9'];
    expect(await world.inside([...way, 'from', '192.168.220.50', 'iif', 'hyperv0'])).toMatch(
      /^203\.0\.113\.9 from 192\.168\.220\.50 via 10\.9\.6\.1 dev enp6s0 /,
    );
    expect(await world.inside(way)).toMatch(/ via 10\.9\.5\.1 dev enp5s0 /);
    expect(await world.novaMust(['net', 'ls'])).toMatch(
      /^hyperv0 +up +nat +192\.168\.220\.1\/24 +hyperv0 +0 +0$/m,
    );
    await world.write(novaFile);
    await world.novaMust(['apply', '--yes']);
  });
});

/** Two interfaces; the host's own way to the world is the first. */
const uplink = [5, 6]
  .map(
    (
      n,
    ) => `ip link add enp${n}s0 type veth peer name far${n}; ip link set far${n} up; ip link set enp${n}s0 up
      ip addr add 10.9.${n}.2/24 dev enp${n}s0; ip route add default via 10.9.${n}.1 dev enp${n}s0 metric ${n}`,
  )
  .join('\n');

/** What was there for as long as a command took. */
function isNoLock(line: string): boolean {
  return !/\.lock|work-/.test(line);
}

describe('a host that was started again', () => {
  it('has its networks back from the last generation without the NovaFile: addresses, leases, forwards', async () => {
    const before = await world.state('inside');
    const leases = (await netJson('leases'))['leases'];
    // What a machine loses with its power: processes, namespaces, mounts, and what is in /run.
    await forceGone(world.scope);
    await must(['ip', 'netns', 'delete', world.netns]);
    await rm(world.file);
    {
      await using running = startController(world, ['watch', '--json', '--name', 'lab']);
      await until('its namespace is back', async () =>
        (await world.state()).includes(`netns ${world.netns}`),
      );
      const left = { timeout: 100_000, message: running.output() };
      await expect.poll(() => missing(before), left).toEqual([]);
    }
    await world.write(novaFile);
    expect((await netJson('leases'))['leases']).toEqual(leases);
    expect(await world.drift()).toEqual([]);
    const page = ['curl', '--silent', '--max-time', '10', 'http://127.0.0.1:8081/'];
    expect(await world.inside(page)).toBe('hello\n');
    expect(await lease()).toBe((leases as { ip: string }[])[0]?.ip);
  });
});
