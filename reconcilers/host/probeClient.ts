import { Resolver } from 'node:dns/promises';
import { get } from 'node:http';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/*
 * A program of its own, started by asker.ts in the network namespace from which to ask. Reads a question per line,
 * `{"id":1,"question":["tcp","10.0.0.2","80"],"timeout":1000}` (ms), asks them all at once, and prints for each when it is
 * answered `{"id":1}`, or with `why` when the answer is not the right one. Ends with its input.
 */

/** Resolves when the answer is the right one. Lets go of everything when it is aborted. */
type Question = (words: readonly string[], timeout: number, signal: AbortSignal) => Promise<void>;

const questions: Readonly<Record<string, Question>> = {
  tcp: ([ip = '', port = ''], _timeout, signal) =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: ip, port: Number(port), signal }, () => {
        socket.destroy();
        resolve();
      });
      socket.once('error', reject);
    }),
  http: ([url = ''], _timeout, signal) =>
    new Promise((resolve, reject) => {
      const request = get(url, { agent: false, signal }, (response) => {
        const { statusCode = 0 } = response;
        response.destroy();
        if (statusCode >= 200 && statusCode < 400) resolve();
        else reject(new Error(`HTTP status ${statusCode}`));
      });
      request.once('error', reject);
    }),
  dns: async ([server = '', name = '', ...expected], timeout, signal) => {
    const resolver = new Resolver({ timeout, tries: 1 });
    signal.addEventListener('abort', () => resolver.cancel(), { once: true });
    resolver.setServers([server]);
    const asked = expected.map(async (ip) => {
      const answers = await (ip.includes(':') ? resolver.resolve6(name) : resolver.resolve4(name));
      if (!answers.includes(ip)) throw new Error(`${name} is ${answers.join(', ')}, not ${ip}`);
    });
    await Promise.all(asked);
  },
};

/** What is wrong with the answer; undefined: nothing. */
async function ask([kind = '', ...words]: readonly string[], timeout: number): Promise<string | undefined> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeout);
  try {
    await questions[kind]?.(words, timeout, late.signal);
    return undefined;
  } catch (error) {
    if (late.signal.aborted) return `no answer within ${timeout / 1000} s`;
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}

// A terminal sends its Ctrl-C to all; that what is in hand is finished is Nova's to see to.
process.on('SIGINT', () => undefined);

for await (const line of createInterface({ input: process.stdin })) {
  const { id, question, timeout } = JSON.parse(line) as {
    readonly id: number;
    readonly question: readonly string[];
    readonly timeout: number;
  };
  void ask(question, timeout).then((why) => process.stdout.write(`${JSON.stringify({ id, why })}\n`));
}
process.exit();
