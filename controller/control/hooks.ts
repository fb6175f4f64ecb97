import type { FastifyInstance } from 'fastify';

import type { Controller } from '../loop/controller.ts';
import { isSigned } from './signature.ts';

/** bytes; a forge tells of each commit of a push */
const bodyLimit = 8 * 1024 * 1024;

/** The secret of a source as it is now; undefined when it takes no webhooks. */
export type HookSecrets = (source: string) => string | undefined;

/** `POST /hooks/SOURCE`: a forge says that something was pushed. What it says is not believed, only looked after. */
export function addHooks(server: FastifyInstance, controller: Controller, secrets: HookSecrets): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body));
  server.post<{ Params: { source: string }; Body: Buffer | undefined }>(
    '/hooks/:source',
    { bodyLimit },
    ({ params, body, headers }, reply) => {
      const loop = controller.loops.get(params.source);
      const secret = loop === undefined ? undefined : secrets(params.source);
      // Who does not know the secret is not told which sources there are.
      if (loop === undefined || secret === undefined || !isSigned(headers, body ?? Buffer.alloc(0), secret)) {
        loop?.recorder.event(refusal);
        loop?.recorder.flush();
        return reply.code(401).send({ message: 'the signature is wrong' });
      }
      controller.poke(params.source);
      return reply.code(202).send({ message: 'it is looked at' });
    },
  );
}

const refusal = {
  subject: '',
  severity: 'warning',
  reason: 'HookRefused',
  message: 'a webhook was not signed with the secret of this source, and was ignored',
} as const;
