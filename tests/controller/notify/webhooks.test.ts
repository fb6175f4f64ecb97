import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { notifyTable, type Occasion } from '../../../controller/notify/settings.ts';
import { noticeCall } from '../../../controller/notify/webhooks.ts';
import { readSettings } from '../../../controller/sources/settings.ts';
import { token } from './forge.ts';
import { revision, tell, type Told } from './told.ts';

const lan = '[network.lan]\nsubnet = "192.168.77.1/24"\n';
const more = '[network.more]\nsubnet = "192.168.78.1/24"\n';
const file = (...parts: readonly string[]): string => ['project = "demo"\n', ...parts].join('');

describe('a notice', () => {
  let server: Server;
  let url: string;
  let refusals = 0;
  const taken: { readonly line: string; readonly headers: Record<string, unknown>; readonly text: string }[] =
    [];
  beforeEach(async () => {
    refusals = 0;
    taken.length = 0;
    server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      request.once('end', () => {
        refusals -= 1;
        if (refusals >= 0) return void response.writeHead(502).end();
        taken.push({ line: `${request.method} ${request.url}`, headers: request.headers, text });
        response.writeHead(200).end('{}');
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });

  const listening = (template: string, on: readonly Occasion[], path = ''): Promise<Told> =>
    tell((tokenFile) => ({
      forge: undefined,
      notify: [
        notifyTable.parse({
          template,
          url: url + path,
          on,
          ...(template === 'slack' ? {} : { token_file: tokenFile }),
          ...(template === 'matrix' ? { room: '!room:example.org' } : {}),
        }),
      ],
    }));

  const waits = async (told: Told): Promise<void> => {
    await told.simulation.push(revision(1), file(lan, more));
    await told.simulation.push(revision(2), file(lan));
    await told.delivered();
  };
  const title = `lab waits for somebody to agree (${revision(2)})`;

  it('goes to Slack, with what it would take for its own escaped', async () => {
    await using told = await listening('slack', ['waiting', 'failed'], '/services/T/B/x');
    await waits(told);
    expect(taken.map(({ line }) => line)).toEqual(['POST /services/T/B/x']);
    expect(JSON.parse(taken[0]?.text ?? '')).toEqual({
      text: expect.stringContaining(`*${title}*\nit would delete more than a fifth`) as string,
    });
    const notice = {
      kind: 'notice',
      source: 'lab',
      occasion: 'failed',
      subject: '',
      revision: undefined,
      at: 0,
    } as const;
    const { body } = noticeCall(
      { template: 'slack' },
      { url, token: undefined },
      { ...notice, text: '<a> & b' },
      '',
    );
    expect(body).toEqual({ text: '*lab cannot be applied*\n&lt;a&gt; &amp; b' });
  });

  it('goes to Matrix, as a transaction that is one however often it is sent', async () => {
    await using told = await listening('matrix', ['waiting']);
    await waits(told);
    const [message] = taken;
    expect(message?.line).toMatch(
      /^PUT \/_matrix\/client\/v3\/rooms\/!room%3Aexample\.org\/send\/m\.room\.message\/nova[0-9a-f]{32}$/,
    );
    expect(message?.headers['authorization']).toBe(`Bearer ${token}`);
    expect(JSON.parse(message?.text ?? '')).toMatchObject({
      msgtype: 'm.notice',
      body: expect.stringContaining(title) as string,
    });
  });

  it('goes to ntfy', async () => {
    await using told = await listening('ntfy', ['waiting'], '/nova');
    await waits(told);
    expect(taken).toMatchObject([
      {
        line: 'POST /nova',
        headers: { priority: 'high', tags: 'waiting', authorization: `Bearer ${token}` },
      },
    ]);
    expect(taken[0]?.text).toContain(title);
  });

  it('goes to any program as JSON, with a key to know it again by', async () => {
    await using told = await listening('json', ['applied', 'drifted']);
    await waits(told);
    told.simulation.host.kernel.ip('link set lan mtu 1280');
    told.simulation.controller.wake();
    await told.simulation.clock.advance(2000);
    await told.delivered();
    const bodies = taken.map(({ text }) => JSON.parse(text) as Record<string, unknown>);
    expect(bodies).toMatchObject([
      { kind: 'notice', source: 'lab', occasion: 'applied', revision: revision(1) },
      { source: 'lab', occasion: 'drifted', subject: 'network.lan' },
    ]);
    const keys = taken.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(2);
  });

  it('is told again after errors, and once', async () => {
    await using told = await listening('ntfy', ['waiting']);
    refusals = 4;
    await waits(told);
    expect(taken.length).toBe(1);
    // What is found out again by whoever comes after is no news.
    await using after = await told.killed();
    await after.simulation.push(revision(2), file(lan));
    await after.delivered();
    expect(after.simulation.condition()).toBe('Ready=false approval.needed');
    expect(taken.length).toBe(1);
  });
});

describe('the settings of whom to tell', () => {
  const source = '[source.lab]\nrepo = "https://git.example.org/lab.git"\n';
  const forge =
    '[source.lab.forge]\nkind = "gitlab"\napi = "https://git.example.org/api/v4"\nrepository = "me/lab"\n';

  it('are read with the source', () => {
    const text = `${source}${forge}token_file = "/etc/nova/t"\n[[source.lab.notify]]\ntemplate = "ntfy"\nurl = "https://ntfy.sh/x"\n`;
    expect(readSettings(text, 'nova.toml')).toMatchObject([
      {
        audience: {
          forge: { kind: 'gitlab', repository: 'me/lab', token_file: '/etc/nova/t' },
          notify: [{ template: 'ntfy', on: ['failed', 'waiting', 'rolled-back'] }],
        },
      },
    ]);
  });

  it.each([
    { text: `${source}${forge}`, reason: 'a forge needs a token' },
    { text: `${source}[[source.lab.notify]]\ntemplate = "ntfy"\n`, reason: 'a webhook needs an address' },
    {
      text: `${source}[[source.lab.notify]]\ntemplate = "matrix"\nurl = "https://m.org"\n`,
      reason: 'a room',
    },
    {
      text: `${source}[[source.lab.notify]]\ntemplate = "pager"\nurl = "https://m.org"\n`,
      reason: 'no such',
    },
  ])('are refused: $reason', ({ text }) => {
    expect(() => readSettings(text, 'nova.toml')).toThrow('source.lab');
  });
});
