import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A bare repository, as a forge has it, and a clone in which a person works. */
export interface Repository extends Disposable {
  readonly folder: string;
  readonly bare: string;
  readonly work: string;
  /** Runs git in the clone; returns what it printed. */
  git(...argv: readonly string[]): string;
  write(files: Readonly<Record<string, string>>): void;
  /** Commits everything and pushes it; returns the commit. */
  push(files: Readonly<Record<string, string>>, message?: string): string;
}

const who = { NAME: 'Ada', EMAIL: 'ada@example.org' };

export function createRepository(options: { readonly sha256?: boolean } = {}): Repository {
  const folder = mkdtempSync(join(tmpdir(), 'nova-git-'));
  const [bare, work] = [join(folder, 'bare.git'), join(folder, 'work')];
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    ...Object.fromEntries(
      Object.entries(who).flatMap(([key, value]) => [
        [`GIT_AUTHOR_${key}`, value],
        [`GIT_COMMITTER_${key}`, value],
      ]),
    ),
  };
  const run = (argv: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync('git', argv, { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`git ${argv.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  const format = options.sha256 === true ? ['--object-format=sha256'] : [];
  run(['init', '--quiet', '--bare', '--initial-branch=main', ...format, bare]);
  run(['-C', bare, 'config', 'receive.denyDeleteCurrent', 'ignore']);
  run(['init', '--quiet', '--initial-branch=main', ...format, work]);
  const repository: Repository = {
    folder,
    bare,
    work,
    git: (...argv) => run(['-C', work, ...argv]),
    write(files) {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(work, path)), { recursive: true });
        writeFileSync(join(work, path), text);
      }
    },
    push(files, message = 'a change') {
      repository.write(files);
      repository.git('add', '--all');
      repository.git('commit', '--quiet', '--allow-empty', '--message', message);
      repository.git('push', '--quiet', '--force', bare, 'HEAD:main');
      return repository.git('rev-parse', 'HEAD');
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
  repository.git('remote', 'add', 'origin', bare);
  return repository;
}

/** `git http-backend` behind Node's own server, as a web server would run it (git-http-backend(1)). */
export interface GitServer extends AsyncDisposable {
  readonly url: string;
  /** What it asks for; undefined: nothing. */
  password: string | undefined;
  /** An answer for everything, in place of git's: a server that is ill. */
  ill: number | undefined;
  readonly requests: () => number;
  close(): Promise<void>;
  open(): Promise<void>;
}

export async function serve({ folder }: Pick<Repository, 'folder'>): Promise<GitServer> {
  let requests = 0;
  let port = 0;
  const server = createServer((request, response) => {
    requests += 1;
    const asked = git.password === undefined ? undefined : `Basic ${btoa(`git:${git.password}`)}`;
    if (git.ill !== undefined) return void response.writeHead(git.ill).end('not now');
    if (asked !== undefined && request.headers.authorization !== asked)
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    return backend(folder, request, response);
  });
  const open = async (): Promise<void> => {
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  };
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  await open();
  const git: GitServer = {
    url: `http://127.0.0.1:${port}/bare.git`,
    password: undefined,
    ill: undefined,
    requests: () => requests,
    open,
    close,
    [Symbol.asyncDispose]: close,
  };
  return git;
}

function backend(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
  const child = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'uploadpack.allowAnySHA1InWant',
      GIT_CONFIG_VALUE_0: 'true',
      REQUEST_METHOD: request.method,
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
  });
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.once('close', () => {
    const all = Buffer.concat(chunks);
    const end = all.indexOf('\r\n\r\n');
    const head = all.subarray(0, end).toString().split('\r\n');
    const fields = head.map((line) => line.split(': ') as [string, string]);
    const status = Number(fields.find(([name]) => name === 'Status')?.[1].slice(0, 3) ?? 200);
    response.writeHead(status, Object.fromEntries(fields.filter(([name]) => name !== 'Status')));
    response.end(all.subarray(end + 4));
  });
}
