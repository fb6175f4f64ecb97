// Plain JavaScript without dependencies, for any Node from 20 on: what `npm test` and its like begin with.
// It says what it installs, installs it, and runs everything else with the Node that Nova is made for.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { findNode, isNewEnough, wanted } from '../controller/bin/findNode.js';
import { addReport, addStage, newTally, summary } from './tally.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);

/** Debian's packages, each with a program by which it is known elsewhere. */
const packages = {
  conmon: 'conmon',
  runc: 'runc',
  crun: 'crun',
  'dnsmasq-base': 'dnsmasq',
  'isc-dhcp-client': 'dhclient',
  nftables: 'nft',
  iproute2: 'ip',
  attr: 'getfattr',
  cpio: 'cpio',
  umoci: 'umoci',
  skopeo: 'skopeo',
  'docker-registry': 'docker-registry',
  'busybox-static': 'busybox',
  curl: 'curl',
  'qemu-system-x86': 'qemu-system-x86_64',
  'qemu-utils': 'qemu-img',
  strace: 'strace',
  git: 'git',
  'openssh-client': 'ssh-keygen',
  pciutils: 'lspci',
  'pci.ids': 'update-pciids',
  gpgv: 'gpgv',
  gpg: 'gpg',
  'gpg-agent': 'gpg-agent',
  graphviz: 'dot',
  zsh: 'zsh',
  fish: 'fish',
  mmdebstrap: 'mmdebstrap',
  'xz-utils': 'xz',
  lz4: 'lz4',
  'libxml2-utils': 'xmllint',
  jq: 'jq',
  openssl: 'openssl',
  systemd: 'systemd-analyze',
  'python3-prometheus-client': 'python3',
  iptables: 'iptables-nft',
  'dbus-daemon': 'dbus-daemon',
  'python3-dbus': 'python3',
  'python3-gi': 'python3',
};

/** Those that the quickstart needs. */
const forQuickstart = [
  ...['conmon', 'runc', 'dnsmasq-base', 'nftables', 'iproute2', 'attr', 'busybox-static'],
  ...['qemu-system-x86', 'qemu-utils'],
];

const house = {
  format: ['oxfmt', '--check', '.'],
  lint: ['oxlint', '.'],
  types: ['tsc', '-p', 'tsconfig.json'],
  unused: ['knip'],
};

/** Once for every command that this run is made of. */
let prepared = false;

const [command = 'test', ...rest] = process.argv.slice(2);
const commands = { test, lab, check, format, build, bench, quickstart };
if (!Object.hasOwn(commands, command))
  stop(`unknown command ${command}: one of ${Object.keys(commands).join(', ')}`);
process.exitCode = commands[command]();

/** Everything, or with arguments only the tests that they name. Ends with what failed, and a line that counts. */
function test() {
  installTools();
  prepare();
  const tally = newTally();
  if (rest.length === 0) {
    for (const [name, stage] of Object.entries(house)) addStage(tally, name, run(stage));
    addStage(tally, 'build', build() === 0);
    addStage(tally, 'package', run(['publint', '--strict']));
    // What is shipped is what the system tests run.
    process.env.NOVA_TEST_COMPILED = '1';
  }
  runTests(tally);
  return end(tally);
}

function end(tally) {
  process.stdout.write(summary(tally));
  return tally.failed === 0 ? 0 : 1;
}

/** Only what runs in the lab host. */
function lab() {
  installTools();
  prepare();
  const tally = newTally();
  runProject(tally, ['--project', 'lab', ...rest]);
  return end(tally);
}

function check() {
  prepare();
  // All of them, so that everything is known at once.
  const results = Object.values(house).map((stage) => run(stage));
  return results.every(Boolean) ? 0 : 1;
}

function format() {
  prepare();
  return run(['oxfmt', '.']) ? 0 : 1;
}

function build() {
  prepare();
  return run(['rolldown', '--config', 'rolldown.config.ts', '--log-level', 'warn']) ? 0 : 1;
}

function bench() {
  if (build() !== 0) return 1;
  return run(asRoot(['node', 'tests/bench/index.ts', ...rest])) ? 0 : 1;
}

/** From a bare machine to a running example; `--clean` takes it away. */
function quickstart() {
  installTools(forQuickstart);
  prepare();
  return run(asRoot(['node', 'examples/quickstart/run.js', ...rest])) ? 0 : 1;
}

/** What is quick first: whoever broke something there need not wait for the kernel. Named tests run as they are named. */
function runTests(tally) {
  if (rest.length > 0) return runProject(tally, rest);
  for (const project of ['unit', 'system', 'lab']) runProject(tally, ['--project', project]);
}

function runProject(tally, words) {
  const folder = mkdtempSync(join(tmpdir(), 'nova-report-'));
  try {
    const report = join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const good = run(asRoot(['vitest', 'run', ...reporters, ...words]), { NOVA_LEAK_CHECK: '1' });
    const failedBefore = tally.failed;
    if (existsSync(report)) addReport(tally, JSON.parse(readFileSync(report, 'utf8')));
    // A leak, an error outside of any test, or no report at all.
    if (!good && tally.failed === failedBefore)
      addStage(tally, `vitest ${words.join(' ')}: a leak, or an error outside of any test; see above`, false);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What is needed of the machine. */
function installTools(names = Object.keys(packages)) {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  if (!isProgram('apt-get')) {
    stop(
      `these programs are missing: ${missing.map((name) => packages[name]).join(' ')}. Next: install them and run again`,
    );
  }
  say(`installing with apt-get: ${missing.join(' ')}`);
  const install = asRoot(['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...missing]);
  if (quietly(install)) return;
  say('fetching the list of packages with apt-get update, and trying again');
  const updated = quietly(asRoot(['apt-get', 'update', '-qq']), true);
  if (!updated || !quietly(install, true)) stop('apt-get could not install what is missing; see above');
}

function isInstalled(name) {
  if (!isProgram('dpkg-query')) return isProgram(packages[name]);
  const asked = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], { encoding: 'utf8' });
  return asked.stdout === 'installed';
}

function isProgram(name) {
  const folders = `${process.env.PATH ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`.split(delimiter);
  return folders.some((folder) => existsSync(join(folder, name)));
}

/** node_modules as the lockfile says, and from here on its programs and its Node first in PATH. */
function prepare() {
  if (prepared) return;
  prepared = true;
  if (isOutdated()) {
    say('installing with npm ci: what package-lock.json names');
    if (!run(['npm', 'ci', '--no-fund', '--no-audit', '--loglevel=error'])) stop('npm ci failed; see above');
  }
  const here = isNewEnough(process.versions.node) ? process.execPath : undefined;
  const node = findNode(fileURLToPath(import.meta.url)) ?? here;
  if (node === undefined) {
    stop(
      `Node.js ${wanted} or later was not found. Next: npm ci without --omit=optional, which brings it along`,
    );
  }
  process.env.PATH = [join(root, 'node_modules/.bin'), dirname(node), process.env.PATH ?? ''].join(delimiter);
  // A folder of npm's own shims may hold another node.
  process.env.PATH = `${dirname(node)}${delimiter}${process.env.PATH}`;
}

function isOutdated() {
  const installed = statSync('node_modules/.package-lock.json', { throwIfNoEntry: false });
  return installed === undefined || installed.mtimeMs < statSync('package-lock.json').mtimeMs;
}

/** The command, through sudo where it is needed. */
function asRoot(argv) {
  if (process.getuid?.() === 0) return argv;
  if (!isProgram('sudo'))
    stop('network namespaces, mounts and cgroups are to be made. Next: run this as root');
  return ['sudo', '--preserve-env', 'env', `PATH=${process.env.PATH}`, ...argv];
}

/** Runs it for everybody to see; true when it succeeded. */
function run([program, ...argv], env = {}) {
  say([program, ...argv].join(' '));
  const began = performance.now();
  const { status, error } = spawnSync(program, argv, { stdio: 'inherit', env: { ...process.env, ...env } });
  if (error !== undefined) say(`${program} cannot be started: ${error.message}`);
  if (status !== 0) say(`${program} failed after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return status === 0;
}

/** Runs it without a word, unless it fails and that is to be shown. */
function quietly([program, ...argv], show = false) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, stdout, stderr } = spawnSync(program, argv, {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (status !== 0 && show) process.stderr.write(`${stdout}${stderr}`);
  return status === 0;
}

function say(words) {
  process.stdout.write(`\n> ${words}\n`);
}

function stop(words) {
  process.stderr.write(`\nnova: ${words}.\n`);
  process.exit(1);
}
