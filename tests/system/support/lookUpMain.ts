import { Resolver } from 'node:dns/promises';

/*
 * Looks up a name again and again, at least as often as told, and until its input ends: `lookUpMain.ts SERVER NAME IP COUNT`, in
 * the network namespace from which to ask. Prints `asking`, `enough` once it has asked so often, how many answers were
 * right, and says of each that was not why.
 */

const [server = '', name = '', ip = '', count = ''] = process.argv.slice(2);
const resolver = new Resolver({ timeout: 2_000, tries: 1 });
resolver.setServers([server]);
let goesOn = true;
process.stdin.on('end', () => (goesOn = false)).resume();
process.stdout.write('asking\n');
let right = 0;
for (let asked = 0; goesOn || asked < Number(count); asked += 1) {
  try {
    const answers = await (ip.includes(':') ? resolver.resolve6(name) : resolver.resolve4(name));
    if (answers.includes(ip)) right += 1;
    else process.stdout.write(`answer ${asked} is ${answers.join(', ')}\n`);
  } catch (error) {
    process.stdout.write(`answer ${asked}: ${String(error)}\n`);
  }
  if (asked + 1 === Number(count)) process.stdout.write('enough\n');
  await new Promise((resolve) => setTimeout(resolve, 4));
}
process.stdout.write(`${right} right\n`);
