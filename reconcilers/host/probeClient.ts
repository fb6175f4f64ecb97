import { Resolver } from 'node:dns/promises';
import { get } from 'node:http';
import { connect } from 'node:net';

/*
 * A program of its own, started by probe.ts in the network namespace from which to ask: `probeClient.ts QUESTION… MS`.
 * Exits with 0 when the answer is right; else prints why not and exits with 1.
 */

type Question = (words: readonly string[], timeout: number) => Promise<void>;

const questions: Readonly<Record<string, Question>> = {
  tcp: ([ip = '', port = '']) =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: ip, port: Number(port) }, () => {
        socket.destroy();
        resolve();
      });
      socket.once('error', reject);
    }),
  http: ([url = '']) =>
    new Promise((resolve, reject) => {
      const request = get(url, { agent: false }, (response) => {
        const { statusCode = 0 } = response;
        response.destroy();
        if (statusCode >= 200 && statusCode < 400) resolve();
        else reject(new Error(`HTTP status ${statusCode}`));
      });
      request.once('error', reject);
    }),
  dns: async ([server = '', name = '', expected = ''], timeout) => {
    const resolver = new Resolver({ timeout, tries: 1 });
    resolver.setServers([server]);
    const answers = await resolver.resolve4(name);
    if (!answers.includes(expected)) throw new Error(`${name} is ${answers.join(', ')}, not ${expected}`);
  },
};

async function main(): Promise<void> {
  const [kind = '', ...words] = process.argv.slice(2);
  const timeout = Number(words.pop());
  const timer = setTimeout(() => finish(`no answer within ${timeout / 1000} s`), timeout);
  try {
    await questions[kind]?.(words, timeout);
    finish(undefined);
  } catch (error) {
    finish(error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
  }
}

function finish(why: string | undefined): void {
  if (why !== undefined) process.stdout.write(`${why}\n`);
  process.exit(why === undefined ? 0 : 1);
}

await main();
