import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

import type { ForgeTable } from '../../../controller/notify/settings.ts';

interface Status {
  readonly id: number;
  readonly sha: string;
  readonly state: string;
  readonly name: string;
  readonly text: string;
}

/** What goes wrong with the next requests that change something: refused, or done and never answered. */
export type Trouble = 'refused' | 'unanswered';

/** A stand-in for the API of a forge: it keeps what is posted, and refuses what the real one would. */
export interface FakeForge extends AsyncDisposable {
  readonly api: string;
  readonly statuses: readonly Status[];
  /** Texts of the comments of change 7, which brought every commit. */
  readonly comments: readonly string[];
  /** What was asked that the real one does not have, or would refuse. */
  readonly mistakes: readonly string[];
  /** Requests that changed something, or would have. */
  attempts(): number;
  trouble(...next: readonly Trouble[]): void;
}

export const token = 'forge-token-4711';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown>;
}
interface Kept {
  readonly statuses: Status[];
  readonly comments: { readonly id: number; body: string }[];
}
type Serve = (asked: Asked, kept: Kept) => readonly [status: number, body: unknown] | undefined;

export async function fakeForge(kind: ForgeTable['kind']): Promise<FakeForge> {
  const kept: Kept = { statuses: [], comments: [] };
  const mistakes: string[] = [];
  let troubles: Trouble[] = [];
  let attempts = 0;
  const serve = { github, gitlab, gitea }[kind];
  const authorized = {
    github: (request: IncomingMessage) => request.headers.authorization === `Bearer ${token}`,
    gitlab: (request: IncomingMessage) => request.headers['private-token'] === token,
    gitea: (request: IncomingMessage) => request.headers.authorization === `token ${token}`,
  }[kind];
  const answer = (request: IncomingMessage, response: ServerResponse, text: string): void => {
    if (!authorized(request) || request.headers['user-agent'] === undefined)
      return void response.writeHead(401).end('{}');
    const { pathname: path, searchParams: query } = new URL(request.url ?? '', 'http://forge');
    const method = request.method ?? '';
    const changes = method !== 'GET';
    if (changes) attempts += 1;
    const wrong = changes ? troubles.shift() : undefined;
    if (wrong === 'refused') return void response.writeHead(503).end('overloaded');
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    const [status, content] = serve({ method, path, query, body }, kept) ?? [404, { message: 'Not Found' }];
    if (status >= 400) mistakes.push(`${method} ${path} ${text}`);
    if (wrong === 'unanswered') return void response.destroy();
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
  };
  const server: Server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    request.once('end', () => answer(request, response, text));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const base = { github: '', gitlab: '/api/v4', gitea: '/api/v1' }[kind];
  return {
    api: `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`,
    statuses: kept.statuses,
    get comments() {
      return kept.comments.map(({ body }) => body);
    },
    mistakes,
    attempts: () => attempts,
    trouble: (...next) => void (troubles = [...next]),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** As docs.github.com/rest tells it. */
function github(asked: Asked, kept: Kept): ReturnType<Serve> {
  return likeGithub(asked, kept, '/repos/me/lab', {
    longest: 140,
    states: ['error', 'failure', 'pending', 'success'],
    size: 'per_page',
    changes: 'pulls',
    stateKey: 'state',
  });
}

/** As docs.gitea.com/api tells it. */
function gitea(asked: Asked, kept: Kept): ReturnType<Serve> {
  return likeGithub(asked, kept, '/api/v1/repos/me/lab', {
    longest: 255,
    states: ['pending', 'success', 'error', 'failure', 'warning'],
    size: 'limit',
    changes: 'pull',
    stateKey: 'status',
  });
}

interface Ways {
  readonly longest: number;
  readonly states: readonly string[];
  readonly size: string;
  readonly changes: 'pulls' | 'pull';
  readonly stateKey: 'state' | 'status';
}

function likeGithub(
  { method, path, query, body }: Asked,
  kept: Kept,
  at: string,
  ways: Ways,
): ReturnType<Serve> {
  if (!path.startsWith(at)) return undefined;
  const words = path.slice(at.length + 1).split('/');
  const [first, second = '', third] = words;
  if (method === 'POST' && first === 'statuses') {
    const { state, context, description } = body as Record<string, string>;
    if (!isSha(second) || !ways.states.includes(state ?? '') || (description ?? '').length > ways.longest)
      return [422, {}];
    kept.statuses.push({
      id: kept.statuses.length + 1,
      sha: second,
      state: state ?? '',
      name: context ?? '',
      text: description ?? '',
    });
    return [201, {}];
  }
  if (method === 'GET' && first === 'commits' && third === 'statuses') {
    const found = kept.statuses.filter(({ sha }) => sha === second).toReversed();
    const told = found.map(({ id, state, name, text }) => ({
      id,
      [ways.stateKey]: state,
      context: name,
      description: text,
    }));
    return [200, paged(told, query, ways.size)];
  }
  if (method === 'GET' && first === 'commits' && third === ways.changes)
    return [200, ways.changes === 'pulls' ? [{ number: 7 }] : { number: 7 }];
  if (path === `${at}/issues/7/comments`) {
    if (method === 'GET') return [200, paged(kept.comments, query, ways.size)];
    return method === 'POST' ? added(kept, body) : undefined;
  }
  if (method === 'PATCH' && path.startsWith(`${at}/issues/comments/`))
    return edited(kept, words.at(-1), body);
  return undefined;
}

/** As docs.gitlab.com/api tells it; a status cannot become what it is. */
function gitlab({ method, path, query, body }: Asked, kept: Kept): ReturnType<Serve> {
  const at = '/api/v4/projects/me%2Flab';
  if (!path.startsWith(at)) return undefined;
  const words = path.slice(at.length + 1).split('/');
  if (method === 'POST' && words[0] === 'statuses') {
    const sha = words[1] ?? '';
    const { state, name, description } = body as Record<string, string>;
    const newest = kept.statuses.findLast((each) => each.sha === sha && each.name === name);
    if (!isSha(sha) || !['pending', 'running', 'success', 'failed', 'canceled'].includes(state ?? ''))
      return [400, {}];
    if (newest?.state === 'pending' && state === 'pending')
      return [400, { message: 'Cannot transition status via :enqueue from :pending' }];
    kept.statuses.push({
      id: kept.statuses.length + 1,
      sha,
      state: state ?? '',
      name: name ?? '',
      text: description ?? '',
    });
    return [201, {}];
  }
  const [, , sha, noun] = words;
  if (method === 'GET' && noun === 'statuses') {
    // As an older one that does not heed the order that it is asked for.
    const found = kept.statuses.filter((each) => each.sha === sha);
    const told = found.map(({ id, state, name, text }) => ({ id, status: state, name, description: text }));
    return [200, paged(told, query, 'per_page')];
  }
  if (method === 'GET' && noun === 'merge_requests') return [200, [{ id: 99, iid: 7 }]];
  if (path.startsWith(`${at}/merge_requests/7/notes`)) {
    if (method === 'GET') return [200, paged(kept.comments, query, 'per_page')];
    return method === 'POST'
      ? added(kept, body)
      : method === 'PUT'
        ? edited(kept, words.at(-1), body)
        : undefined;
  }
  return undefined;
}

function isSha(word: string): boolean {
  return /^[0-9a-f]{40}$/.test(word);
}

function paged(all: readonly unknown[], query: URLSearchParams, size: string): readonly unknown[] {
  const count = Number(query.get(size) ?? 30);
  const page = Number(query.get('page') ?? 1);
  return all.slice((page - 1) * count, page * count);
}

function added(kept: Kept, { body }: Record<string, unknown>): readonly [number, unknown] {
  if (typeof body !== 'string' || body.length > 65_536) return [422, {}];
  const comment = { id: 1000 + kept.comments.length, body };
  kept.comments.push(comment);
  return [201, comment];
}

function edited(kept: Kept, id: string | undefined, { body }: Record<string, unknown>): ReturnType<Serve> {
  const comment = kept.comments.find((each) => String(each.id) === id);
  if (comment === undefined || typeof body !== 'string') return undefined;
  comment.body = body;
  return [200, comment];
}
