// What `npm run quickstart` does when everything that it needs is there: applies the NovaFile beside this file in a network
// namespace of its own, shows what came of it, and leaves it running. `--clean` takes it away again.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';

const folder = import.meta.dirname;
const program = join(folder, '../../controller/bin/nova.js');
process.env.NOVA_NETNS ??= 'nova-quickstart';
process.chdir(folder);

const [option, ...more] = process.argv.slice(2);
if (more.length > 0 || (option !== undefined && option !== '--clean')) {
  process.stderr.write(`nova: the quickstart knows --clean, not ${[option, ...more].join(' ')}.\n`);
  process.exit(1);
}
process.exitCode = option === '--clean' ? clean() : await start();

async function start() {
  const began = performance.now();
  if (!show(['./fetch-kernel.sh'])) return 1;
  if (!nova('apply', '--yes')) return 1;
  if (!nova('ls')) return 1;
  const page = await fetchedPage();
  if (page === undefined) {
    process.stderr.write(
      '\nnova: the visitor has not fetched the page of the guest. Next: nova logs visitor\n',
    );
    return 1;
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(`\nvisitor, a container, asked http://guest/ and got: ${page}\n`);
  process.stdout.write(
    `All of this took ${seconds} s. It goes on running. What to try next, as root:\n\n${next()}\n`,
  );
  return 0;
}

function clean() {
  if (!nova('destroy', '--yes', '--delete-volumes')) return 1;
  rmSync('.cache', { recursive: true, force: true });
  return 0;
}

function next() {
  const netns = process.env.NOVA_NETNS;
  const lines = [
    [`export NOVA_NETNS=${netns}`, 'its own network namespace: yours is not touched'],
    ['cd examples/quickstart', ''],
    ['alias nova=../../controller/bin/nova.js', 'or, for everywhere: npm link'],
    ['nova ls', 'what there is'],
    ['nova logs visitor --follow', 'what the container prints'],
    [`ip --netns ${netns} link delete lan`, 'break something …'],
    ['nova drift', '… see what is wrong …'],
    ['nova apply', '… and mend just that'],
    ['npm run quickstart -- --clean', 'take everything away'],
  ];
  const width = Math.max(...lines.map(([command]) => command.length));
  return lines
    .map(([command, why]) => `  ${command.padEnd(width)}  # ${why}\n`.replace(/ +# \n/, '\n'))
    .join('');
}

/** The last line that the visitor printed, which is what it fetched. */
async function fetchedPage() {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const asked = spawnSync(program, ['logs', 'visitor', '--lines', '1'], { encoding: 'utf8' });
    const page = asked.stdout.trim().split('\n').at(-1) ?? '';
    if (page.includes('hello from')) return page;
    await setTimeout(200);
  }
  return undefined;
}

function nova(...argv) {
  return show([program, ...argv], ['nova', ...argv]);
}

/** Runs it for everybody to see; true when it succeeded. */
function show([file, ...argv], words = [file, ...argv]) {
  process.stdout.write(`\n> ${words.join(' ')}\n`);
  const { status, error } = spawnSync(file, argv, { stdio: 'inherit' });
  if (error !== undefined) process.stderr.write(`nova: ${file} cannot be started: ${error.message}\n`);
  return status === 0;
}
