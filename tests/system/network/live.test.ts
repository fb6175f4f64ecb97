import { resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { linkName } from '../../../reconcilers/identity.ts';
import { until } from '../support/controller.ts';
import { makeTinyGuest, type TinyGuest } from '../support/tinyGuest.ts';
import { createWorld, type World } from '../support/world.ts';
import { qemusOf } from '../vm/lab.ts';

let world: World;
let guest: TinyGuest;
let before: Links;

beforeAll(async () => {
  world = await createWorld();
  guest = await makeTinyGuest(world.folder);
  await world.write(novaFile());
  await world.novaMust(['apply', '--yes']);
  await echoes();
  before = await links();
}, 240_000);

afterAll(async () => world[Symbol.asyncDispose]());

const first = {
  lan: `subnet = "192.168.84.1/24"
dhcp_range = "192.168.84.100-192.168.84.150"
subnet6 = "fd00:84::1/64"
`,
  spare: '',
  lone: '',
};

/** A capsule that keeps one connection to a machine, and one of each that is on no network. */
function novaFile(change: Partial<typeof first> = {}): string {
  const { lan, spare, lone } = { ...first, ...change };
  const boot = `boot = { kernel = "${guest.kernel}", initrd = "${guest.initrd}", cmdline = "console=ttyS0 quiet" }
memory = "128Mi"
stop_timeout = 1`;
  return `
project = "demo"
[network.lan]
${lan}
[vm.box]
${boot}
network = { name = "lan", ip = "192.168.84.9" }
probe = { http = ":80/" }
[vm.spare]
${boot}
${spare}
[container.lone]
capsule = "./root"
command = ["sleep", "100000"]
stop_timeout = 1
${lone}
[container.peer]
capsule = "./root"
command = ["sh", "-c", "n=0; while sleep 0.5; do n=$((n + 1)); echo $n; done | nc 192.168.84.9 7"]
network = "lan"
depends_on = ["vm.box"]
restart = "never"
stop_timeout = 1
`;
}

/** The connection is the first one, and carries something new: the capsule ends with it. */
async function echoes(): Promise<void> {
  const count = async () =>
    Number((await world.novaMust(['logs', 'peer', '--lines', '1'])).trim().split('\n').at(-1));
  const now = (await count()) || 0;
  await until('the connection carries something new', async () => (await count()) > now);
}

interface Links {
  readonly capsule: string;
  readonly taps: string;
  readonly box: string;
  readonly pids: readonly number[];
}

/** Which links they are, and how often each was lost, from everybody's side. */
async function links(): Promise<Links> {
  const own = ['cat', '/sys/class/net/eth0/ifindex', '/sys/class/net/eth0/carrier_changes'];
  const { index, changes } = await inBox();
  const names = ['vm.box', 'container.peer'] as const;
  const ports = names.map((address) => linkName(world.identity('demo', address)));
  const mounted = 'mount -t sysfs none /sys';
  const read = ports.map(
    (name) => `cat /sys/class/net/${name}/ifindex /sys/class/net/${name}/carrier_changes`,
  );
  return {
    capsule: await world.novaMust(['exec', 'peer', '--', ...own]),
    taps: await world.inside(['unshare', '-m', 'sh', '-ec', [mounted, ...read].join('; ')]),
    box: `${index} ${changes}`,
    pids: await qemusOf(world.identity('demo', 'vm.box')),
  };
}

const fetched = (path: string) =>
  world.novaMust(['exec', 'peer', '--', 'timeout', '30', 'wget', '-q', '-O', '-', `http://${path}`]);

interface Card {
  readonly index: number;
  readonly changes: number;
  readonly mtu: number;
  readonly mtu6: number;
  readonly addresses6: string;
  readonly way6: string;
}

/** What the machine itself sees of its card. */
const inBox = async () => JSON.parse(await fetched('192.168.84.9/cgi-bin/link')) as Card;

const asked = (type: string, name: string) =>
  world.novaMust(['exec', 'peer', '--', 'sh', '-c', `nslookup -type=${type} ${name} || true`]);
const spares = () => qemusOf(world.identity('demo', 'vm.spare'));

interface Row {
  readonly what: string;
  readonly lan: string;
  /** That it is in force. */
  readonly shows: () => Promise<unknown>;
}

const ports = 'forwards = ["8084 -> vm.box:80"]\n';
const rules = 'policy = "closed"\nallow = ["container.peer -> vm.box:7", "container.peer -> vm.box:80"]\n';
const smaller = `${first.lan}mtu = 1400\n`;
const other = smaller.replace('100-192.168.84.150', '120-192.168.84.170');
const reserved = `${other}reservations = [{ mac = "52:54:00:12:34:56", ip = "192.168.84.20", name = "printer" }]\n`;
const recorded = `${reserved}records = { nas = ["192.168.84.21"] }\n`;

/** Each on top of the one before. */
const rows: readonly Row[] = [
  {
    what: 'another MTU, of which the machine hears by DHCP and by router advertisements',
    lan: smaller,
    shows: async () => {
      await fetched('192.168.84.9/cgi-bin/renew');
      expect((await inBox()).mtu).toBe(1400);
      await expect.poll(async () => (await inBox()).mtu6, { timeout: 60_000 }).toBe(1400);
      expect(await world.novaMust(['exec', 'peer', '--', 'cat', '/sys/class/net/eth0/mtu'])).toBe('1400\n');
    },
  },
  {
    what: 'another range of DHCP',
    lan: other,
    shows: async () => expect(await world.novaMust(['net', 'show', 'lan'])).toContain('192.168.84.170'),
  },
  {
    what: 'a reservation',
    lan: reserved,
    shows: () => expect.poll(() => asked('a', 'printer'), { timeout: 30_000 }).toContain('192.168.84.20'),
  },
  {
    what: 'a DNS record',
    lan: recorded,
    shows: () => expect.poll(() => asked('a', 'nas'), { timeout: 30_000 }).toContain('192.168.84.21'),
  },
  {
    what: 'a forward',
    lan: `${recorded}${ports}`,
    shows: async () =>
      expect(await world.inside(['curl', '-s', '-m', '20', 'http://127.0.0.1:8084/'])).toContain('hello'),
  },
  {
    what: 'rules that let this connection through',
    lan: `${recorded}${ports}${rules}`,
    shows: async () => expect(await fetched('192.168.84.9/')).toContain('hello'),
  },
];

describe('changes of a network that is in use', { timeout: 240_000 }, () => {
  it('gives a machine an address and a way by router advertisements', async () => {
    await expect.poll(async () => (await inBox()).addresses6, { timeout: 60_000 }).toMatch(/inet6 fd00:84::/);
    expect((await inBox()).way6).toMatch(/^default via fe80::/);
  });

  it.each(rows)('$what: nobody loses a link', async ({ lan, shows }) => {
    await world.write(novaFile({ lan }));
    const plan = await world.novaMust(['plan']);
    expect(plan).toContain('live: nothing restarts');
    expect(plan).not.toMatch(/restarts it|replaced/);
    await world.novaMust(['apply', '--yes']);
    await shows();
    await echoes();
    expect(await links()).toEqual(before);
    expect(await world.drift()).toEqual([]);
  });

  it('says so where something has to restart', async () => {
    await world.write(
      novaFile({ lan: recorded.replaceAll('192.168.84.', '192.168.85.') }).replace('84.9"', '85.9"'),
    );
    const plan = await world.novaMust(['plan']);
    expect(plan).toContain('vm.box will be changed (restarts it)');
    expect(plan).toContain('# its address is 192.168.84.9');
    expect(plan).toContain('container.peer will be changed (live: nothing restarts)');
  });
});

const killingMain = resolve(import.meta.dirname, '../support/killingMain.ts');

describe('what runs on no network', { timeout: 400_000 }, () => {
  const lan = `${recorded}${ports}`;
  const joined = () =>
    novaFile({
      lan,
      spare: 'network = { name = "lan", ip = "192.168.84.10" }\nprobe = { http = ":80/" }',
    });
  const alone = () => novaFile({ lan });

  it('gets a link, as a capsule, and runs on', async () => {
    const lone = (...argv: readonly string[]) => world.novaMust(['exec', 'lone', '--', ...argv]);
    const started = async () => (await lone('cat', '/proc/1/stat')).split(' ')[21];
    const at = await started();
    await world.write(novaFile({ lan, lone: 'network = "lan"' }));
    expect(await world.novaMust(['plan'])).toContain(
      'container.lone will be changed (live: nothing restarts)',
    );
    await world.novaMust(['apply', '--yes']);
    expect(await lone('cat', '/sys/class/net/eth0/mtu')).toBe('1400\n');
    expect(await started()).toBe(at);
  });

  it('gets a network card, as a machine, and loses it, and runs on, also when Nova is killed at any step', async () => {
    await world.write(alone());
    await world.novaMust(['apply', '--yes']);
    const [pid] = await spares();
    await world.write(joined());
    expect(await world.novaMust(['plan'])).toContain('vm.spare will be changed (live: nothing restarts)');
    // Intents and outcomes take turns: each step is killed when it is meant and not done.
    for (let row = 1, killed = true; killed; row += 2) {
      killed = false;
      for (const text of [joined(), alone()]) {
        await world.write(text);
        const { code, stderr } = await world.nova(['apply', '--yes'], {
          env: { NOVA_TEST_KILL_AT: String(row), NOVA_TEST_PROGRAM: killingMain },
        });
        killed ||= code === 137;
        if (code === 137) await world.novaMust(['apply', '--yes']);
        else expect(code, stderr).toBe(0);
        expect(await world.drift(), `after a kill at row ${row}`).toEqual([]);
        expect(await spares()).toEqual([pid]);
        if (text === joined()) expect(await fetched('192.168.84.10/')).toContain('hello');
      }
    }
    await echoes();
    expect(await links()).toEqual(before);
  });
});
