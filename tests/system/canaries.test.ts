import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { controlPlace } from '../../controller/control/place.ts';
import { makeCanaries } from './support/canaries.ts';
import { remembered, type RunningController, startController, until } from './support/controller.ts';
import { receiveAll } from './support/receiver.ts';
import { must, run } from './support/shell.ts';
import { makeTinyGuest, type TinyGuest } from './support/tinyGuest.ts';
import { traced } from './support/traced.ts';
import { cli, createWorld, type World } from './support/world.ts';
import { qemusOf } from './vm/lab.ts';

const canaries = makeCanaries();
const { leaksIn } = canaries;

let world: World;
let env: Record<string, string>;
let guest: TinyGuest;
let outside: Awaited<ReturnType<typeof receiveAll>>;
let controller: RunningController | undefined;

beforeAll(async () => {
  world = await createWorld();
  guest = await makeTinyGuest(world.folder);
  outside = await receiveAll();
  const at = (name: string): string => join(world.folder, name);
  env = { NOVA_IDENTITY_FILE: at('identity'), CANARY_ENV: canaries.env };
  await world.write(novaFile());
  await writeFile(at('tls.key'), `${canaries.path}\n`);
  for (const [name, value] of Object.entries({ db: canaries.file, api: canaries.machine }))
    await must([...cli, 'secret', 'set', name, '-f', world.file], { input: `${value}\n`, env });
});

afterAll(async () => {
  await controller?.stop();
  await outside[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

/** It says what it was given. */
function novaFile(...more: readonly string[]): string {
  return [
    `
project = "vault"
[secrets.from]
tls = { path = "./tls.key" }
other = { env = "CANARY_ENV" }

[container.web]
capsule = "./root"
command = ["sh", "-c", "echo its $DB $OTHER $API_KEY; cat /run/secrets/tls.key; exec sleep 100000"]
env = { DB = { secret = "db" }, OTHER = { secret = "other" }, API_KEY = "${canaries.written}" }
files = { "/run/secrets/tls.key" = { secret = "tls" } }
restart = "never"
stop_timeout = 0
`,
    ...more,
  ].join('\n');
}

const box = (): string => `[vm.box]
boot = { kernel = "${guest.kernel}", initrd = "${guest.initrd}", cmdline = "console=ttyS0 quiet" }
memory = "128Mi"
credentials = { "api.token" = { secret = "api" } }
probe = { serial = "ready" }
stop_timeout = 2
`;

/** Says all that it was given before it fails. */
const loud = `[container.loud]
capsule = "./root"
command = ["sh", "-c", "echo $DB $OTHER $API_KEY >&2; cat /run/secrets/tls.key >&2; exit 3"]
restart = "never"
env = { DB = { secret = "db" }, OTHER = { secret = "other" }, API_KEY = "${canaries.written}" }
files = { "/run/secrets/tls.key" = { secret = "tls" } }
`;

/** Where in the program. */
const place = /\b(?:reconcilers|controller)\/[\w./-]+\.[jt]s:\d+:\d+/;

const faults = pathToFileURL(join(import.meta.dirname, 'children/fault.ts')).href;

const reports = (): string => join(world.folder, 'reports');

const settings = (): string => `[source.vault]
folder = "${world.folder}"
auto = ["create", "update", "delete", "restart"]
[[source.vault.notify]]
template = "json"
url = "${outside.url}/notice"
on = ["failed", "waiting", "rolled-back", "applied", "drifted"]
`;

describe('canaries', () => {
  it('come to the capsule, and of all that is started to nothing else', async () => {
    const log = join(world.folder, 'execve.log');
    const { code, output } = await traced(log, world.command(['apply', '--yes']), env);
    expect(code, output).toBe(0);
    expect(leaksIn(output)).toEqual([]);
    const pid = await pidOfWeb();
    const variables = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
    expect(variables).toContain(`DB=${canaries.file}`);
    expect(variables).toContain(`OTHER=${canaries.env}`);
    expect(variables).toContain(`API_KEY=${canaries.written}`);
    expect(await readFile(`/proc/${pid}/root/run/secrets/tls.key`, 'utf8')).toBe(canaries.path);
    const started = (await readFile(log, 'utf8')).split('\n').filter((line) => line.includes('execve'));
    expect(started.length).toBeGreaterThan(5);
    // What runs in the capsule has them in its environment: its shell, and what that runs.
    const own = started.filter((line) => line.includes(`DB=${canaries.file}`));
    expect(own.length).toBeGreaterThan(0);
    expect(
      own.every((line) => /^\d+ +execve\("(?:\/proc\/self\/exe|\/bin\/\w+|\/usr\/bin\/\w+)"/.test(line)),
    ).toBe(true);
    // Nova itself was given one of them by its environment; nobody else was.
    const nova = (line: string): boolean => line.includes('controller/cli.ts') || line.includes('cli.js');
    const others = started.filter((line) => !own.includes(line) && !nova(line));
    expect(others.filter((line) => leaksIn(line).length > 0)).toEqual([]);
    expect(
      started.filter(nova).filter((line) => leaksIn(line.slice(0, line.indexOf('], ['))).length > 0),
    ).toEqual([]);
  });

  it('come to the machine by its firmware tables, and to its QEMU by no argument and no variable', async () => {
    await world.write(novaFile(box()));
    const commands = join(world.folder, 'commands.log');
    const applied = await world.novaMust(['apply', '--yes'], { env: { ...env, NOVA_COMMAND_LOG: commands } });
    const [qemu] = await qemusOf(world.identity('vault', 'vm.box'));
    const told = await Promise.all(['cmdline', 'environ'].map((file) => readFile(`/proc/${qemu}/${file}`)));
    expect(told[0]?.includes('-smbios')).toBe(true);
    const argv = await readFile(commands, 'utf8');
    expect(argv).toContain('qemu-system');
    expect([applied, argv, ...told].flatMap(leaksIn)).toEqual([]);
  });

  it('are known to a controller that has told all it can tell', async () => {
    const file = join(world.folder, 'sources.toml');
    await writeFile(file, settings());
    controller = startController(world, ['controller', file, '--json'], {
      ...env,
      OTEL_EXPORTER_OTLP_ENDPOINT: outside.url,
      OTEL_BSP_SCHEDULE_DELAY: '200',
      NODE_OPTIONS: `--report-on-signal --report-directory=${reports()}`,
    });
    await until('as declared', () => remembered(world).ready('vault') === 'true Converged', 60_000);
    await must(['kill', '-KILL', await pidOfWeb()]);
    await until('who listens was told', () => outside.taken('/notice').includes('container.web'), 60_000);
    await until('it runs again', () => remembered(world).ready('vault') === 'true Converged', 60_000);
    await world.write(novaFile(box(), loud));
    const failed = () =>
      remembered(world)
        .conditions('vault')
        .some(
          ({ subject, type, message }) =>
            subject === 'container.loud' && type === 'Ready' && message.includes('status 3'),
        );
    await until('the loud one has failed', failed, 60_000);
    await until('spans were sent', () => outside.taken('/v1/traces').includes('container.loud'), 60_000);
  });

  /** Where a canary could be, and a word that shows that the place was looked at. */
  const places: readonly {
    readonly place: string;
    readonly shows: string;
    readonly look: () => Promise<string | Buffer>;
  }[] = [
    ...[
      { argv: ['plan'], shows: 'container.loud' },
      { argv: ['plan', '--json'], shows: 'container.loud' },
      { argv: ['plan', '--format', 'markdown'], shows: 'container.loud' },
      { argv: ['plan', '--format', 'sarif'], shows: 'container.loud' },
      { argv: ['plan', '--format', 'junit'], shows: '(sensitive)' },
      { argv: ['plan', '--format', 'github'], shows: '(sensitive)' },
      { argv: ['drift'], shows: 'container.loud' },
      { argv: ['drift', '--json'], shows: 'container.loud' },
      { argv: ['apply', '--yes'], shows: 'container.loud' },
      { argv: ['apply', '--yes', '--json'], shows: 'container.loud' },
      { argv: ['ls'], shows: 'vm.box' },
      { argv: ['ls', '--json'], shows: 'vm.box' },
      { argv: ['validate'], shows: 'API_KEY' },
      { argv: ['history'], shows: 'container.web' },
      { argv: ['history', '--json'], shows: 'generations' },
      { argv: ['render'], shows: 'credentials' },
      { argv: ['render', '--json'], shows: 'API_KEY' },
      { argv: ['graph'], shows: 'container.web' },
      { argv: ['secret', 'ls'], shows: 'CANARY_ENV' },
      { argv: ['logs', 'web'], shows: '(sensitive)' },
      { argv: ['logs', 'loud', '--json'], shows: '(sensitive)' },
      { argv: ['events'], shows: '(sensitive)' },
      { argv: ['events', '--json'], shows: '(sensitive)' },
      { argv: ['status'], shows: '(sensitive)' },
      { argv: ['status', '--json'], shows: '(sensitive)' },
      { argv: ['import'], shows: 'project' },
    ].map(({ argv, shows }) => ({
      place: `nova ${argv.join(' ')}`,
      shows,
      look: async () => {
        const { stdout, stderr } = await world.nova(argv, { env });
        return stdout + stderr;
      },
    })),
    ...['/v1/sources', '/v1/sources/vault', '/v1/events?limit=1000', '/metrics'].map((path) => ({
      place: `the API's ${path}`,
      shows: path === '/metrics' ? 'nova_' : 'vault',
      look: () => ask(path),
    })),
    ...[
      { path: '/v1/sources/vault/plan', shows: 'container.loud' },
      { path: '/v1/sources/vault/drift', shows: 'container.loud' },
      { path: '/v1/sources/vault/logs/web', shows: '(sensitive)' },
      { path: '/v1/sources/vault/logs/loud', shows: '(sensitive)' },
      { path: '/v1/status', shows: 'settled' },
      { path: '/v1/audit', shows: 'entries' },
      { path: '/v1/openapi.json', shows: 'openapi' },
    ].map(({ path, shows }) => ({ place: `the API's ${path}`, shows, look: () => ask(path) })),
    {
      place: "the API's stream of events",
      shows: '(sensitive)',
      look: async () => {
        const { socket } = controlPlace(world.stateDirectory);
        const url = 'http://nova/v1/events/stream';
        const argv = ['curl', '--silent', '--no-buffer', '--max-time', '3', '--unix-socket', socket];
        return (await run([...argv, '-H', 'Last-Event-ID: 0', url])).stdout;
      },
    },
    { place: 'the log of a controller', shows: '(sensitive)', look: async () => controller?.output() ?? '' },
    {
      place: 'its environment, but for the variable that somebody has put there',
      shows: 'CANARY_ENV=',
      look: async () =>
        (await readFile(`/proc/${controller?.pid}/environ`, 'utf8')).replace(canaries.env, ''),
    },
    {
      place: 'its arguments',
      shows: 'sources.toml',
      look: () => readFile(`/proc/${controller?.pid}/cmdline`),
    },
    { place: 'what a webhook is told', shows: 'container.web', look: async () => outside.taken('/notice') },
    { place: 'traces', shows: 'container.loud', look: async () => outside.taken('/v1/traces') },
    {
      place: 'a report that Node is asked for',
      shows: 'javascriptStack',
      look: async () => {
        await mkdir(reports(), { recursive: true });
        await must(['kill', '-USR2', String(controller?.pid)]);
        const text = async () => (await bytesBelow(reports())).toString();
        await expect.poll(text, { timeout: 60_000 }).toMatch(/"sharedObjects"[^]*\n}\s*$/);
        return text();
      },
    },
    {
      place: 'a saved plan',
      shows: 'sealed',
      look: async () => {
        const saved = join(world.folder, 'saved.json');
        await world.nova(['plan', '-o', saved], { env });
        return readFile(saved);
      },
    },
    {
      place: 'the database and its WAL',
      shows: 'container.loud',
      look: () => bytesBelow(world.stateDirectory),
    },
    {
      place: 'what is kept of machines and capsules, but for what they said themselves',
      shows: '',
      look: () => bytesBelow(world.dataDirectory, /\/(?:log|console\.log)$/),
    },
    {
      place: 'what lies in /run for anybody but root',
      shows: '',
      look: async () => {
        const text = await must(['find', world.scope.run, '-type', 'f', '-perm', '/077', '-print']);
        return Buffer.concat(await Promise.all(text.split('\n').filter(Boolean).map(openToOthers)));
      },
    },
  ];

  it.each(places)('are not in $place', async ({ shows, look }) => {
    // What fails is tried again and again: it is looked until the place shows what it can show.
    const leaks: string[] = [];
    const shown = async (): Promise<string> => {
      const seen = await look();
      leaks.push(...leaksIn(seen));
      return seen.toString();
    };
    await expect.poll(shown, { timeout: 120_000, interval: 500 }).toContain(shows);
    expect(leaks).toEqual([]);
  });

  describe('where something happens that nobody foresaw', () => {
    beforeAll(async () => {
      await controller?.stop();
      await world.write(novaFile(box()));
      await world.novaMust(['apply', '--yes'], { env });
    });

    /** With which the capsule is made anew, and its configuration written. */
    const changed = (round: string): string =>
      novaFile(box()).replace('env = { ', `env = { ROUND = "${round}", `);

    it.each([
      { fault: 'thrown', told: place, reason: 'an error thrown while it works on a capsule' },
      { fault: 'parsed', told: place, reason: 'a text that is no JSON' },
      {
        fault: 'uncaught',
        told: /^because of SyntaxError\b.*: its words/m,
        reason: 'an error that nobody catches',
      },
      { fault: 'text', told: /of type string/, reason: 'something that is no error, and nobody catches' },
      { fault: 'rejected', told: place, reason: 'a promise that fails unseen' },
    ])('are not in what is told of $reason', async ({ fault, told }) => {
      await world.write(changed(fault));
      const { code, stdout, stderr } = await world.nova(['apply', '--yes'], {
        env: {
          ...env,
          NOVA_FAULT: fault,
          CANARY_OF: canaries.file,
          NODE_OPTIONS: `--import=${faults} --report-uncaught-exception --report-directory=${reports()}`,
        },
      });
      expect(code).toBe(1);
      expect(stderr).toContain('[internal]');
      expect(stderr).toMatch(told);
      const left = await Promise.all([world.stateDirectory, reports()].map((folder) => bytesBelow(folder)));
      expect([stdout, stderr, ...left].flatMap(leaksIn)).toEqual([]);
      await world.novaMust(['apply', '--yes'], { env });
    });

    it('are not in what is told of a tool that repeats all it was given', async () => {
      const folder = join(world.folder, 'bin');
      await mkdir(folder);
      const script =
        '#!/bin/sh\nfor word; do cat "$word/config.json" 2>/dev/null; done | tee /proc/self/fd/2\nexit 1\n';
      await writeFile(join(folder, 'conmon'), script, { mode: 0o755 });
      await world.write(changed('tool'));
      const PATH = `${folder}:${process.env['PATH'] ?? ''}`;
      const { code, stdout, stderr } = await world.nova(['apply', '--yes'], { env: { ...env, PATH } });
      expect(code).toBe(1);
      expect(stderr).toContain('ROUND=tool');
      expect([stdout, stderr, await bytesBelow(world.stateDirectory)].flatMap(leaksIn)).toEqual([]);
      await world.novaMust(['apply', '--yes'], { env });
    });

    it('are not in what is told of rows of the database that hold something else', async () => {
      await world.novaMust(['history'], { env });
      const database = new DatabaseSync(join(world.stateDirectory, 'nova.db'));
      const broken = `{"resources": ${canaries.file}, "file": "x"`;
      database.prepare('UPDATE generation SET manifest = ?').run(broken);
      database.close();
      for (const argv of [['history'], ['drift'], ['plan'], ['rollback', '1', '--yes'], ['apply', '--yes']]) {
        const { stdout, stderr } = await world.nova(argv, { env });
        expect({ argv, leaks: leaksIn(stdout + stderr) }).toEqual({ argv, leaks: [] });
      }
    });
  });

  it('are in files for root alone', async () => {
    const bundle = join(world.scope.run, 'containers', world.identity('vault', 'container.web'));
    const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
    expect(await modeOf(bundle)).toBe(0o700);
    expect(await modeOf(join(bundle, 'config.json'))).toBe(0o600);
    expect(await modeOf(join(world.stateDirectory, 'host-key'))).toBe(0o600);
  });
});

function pidOfWeb(): Promise<string> {
  return readFile(
    join(world.scope.run, 'containers', world.identity('vault', 'container.web'), 'pid'),
    'utf8',
  );
}

function ask(path: string): Promise<string> {
  const { socket } = controlPlace(world.stateDirectory);
  return must(['curl', '--silent', '--fail', '--unix-socket', socket, `http://nova${path}`]);
}

/** A file that anybody could read, were it not for the folders above it. */
async function openToOthers(file: string): Promise<Buffer> {
  for (let folder = join(file, '..'); folder !== world.scope.run; folder = join(folder, '..'))
    if (((await stat(folder)).mode & 0o077) === 0) return Buffer.alloc(0);
  return readFile(file);
}

async function bytesBelow(folder: string, but = /^$/): Promise<Buffer> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !but.test(file));
  return Buffer.concat(await Promise.all(files.map((file) => readFile(file).catch(() => Buffer.alloc(0)))));
}
