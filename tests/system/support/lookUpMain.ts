import { Resolver } from 'node:dns/promises';

/*
 * Looks up a name again and again, until it has been answered as often as told: `lookUpMain.ts SERVER NAME IP COUNT`, in
 * the network namespace from which to ask. Prints how many answers were right, and says of each that was not why.
 */

const [server = '', name = '', ip = '', count = ''] = process.argv.slice(2);
const resolver = new Resolver({ timeout: 2_000, tries: 1 });
resolver.setServers([server]);
process.stdout.write('asking\n');
let right = 0;
for (let asked = 0; asked < Number(count); asked += 1) {
  try {
    const answers = await (ip.includes(':') ? resolver.resolve6(name) : resolver.resolve4(name));
    if (answers.includes(ip)) right += 1;
    else process.stdout.write(`answer ${asked} is ${answers.join(', ')}\n`);
  } catch (error) {
    process.stdout.write(`answer ${asked}: ${String(error)}\n`);
  }
  await new Promise((resolve) => setTimeout(resolve, 4));
}
process.stdout.write(`${right} right\n`);
