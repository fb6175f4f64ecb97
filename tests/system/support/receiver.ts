import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Takes all that is sent to it, whatever it is. */
export async function receiveAll(): Promise<
  { readonly url: string; taken(path: string): string } & AsyncDisposable
> {
  const taken: { readonly url: string; readonly body: string }[] = [];
  const server = createServer((request, response) => {
    let body = JSON.stringify(request.headers);
    request.setEncoding('utf8').on('data', (piece: string) => (body += piece));
    request.once('end', () => {
      taken.push({ url: request.url ?? '', body });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    taken: (path) => taken.flatMap(({ url, body }) => (url.startsWith(path) ? [body] : [])).join('\n'),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
