import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import type { Address } from '../../schema/manifest.ts';
import type { AccessStore } from '../../stateStore/accessState.ts';
import type { Controller } from '../loop/controller.ts';

const address = z.string().transform((text) => text as Address);

/** What a command says it did when it gives a project back. */
const byHand = z.union([
  z.object({ did: z.enum(['stop', 'start', 'forget']), addresses: z.array(address) }),
  z.object({ did: z.enum(['apply', 'destroy', 'rollback']) }),
]);

/**
 * `POST /v1/sources/NAME/lend`: the answer begins when the project is free for whoever asked, and ends when it is taken
 * back. Who goes away without giving it back has given it back: its lock the kernel frees.
 * `POST /v1/sources/NAME/take-back`: what was done, which is remembered.
 */
export function addLending(server: FastifyInstance, { loops }: Controller, store: AccessStore): void {
  const config = { role: 'apply' } as const;
  server.post<{ Params: { name: string } }>(
    '/v1/sources/:name/lend',
    { config },
    async ({ params }, reply) => {
      const loop = loops.get(params.name);
      if (loop === undefined) return reply.code(404).send(unknown(params.name));
      const lease = await loop.lending.lend();
      reply.hijack();
      const { raw } = reply;
      raw.once('close', () => void loop.lending.takeBack(undefined, lease));
      if (raw.destroyed) return loop.lending.takeBack(undefined, lease);
      raw.writeHead(200, { 'content-type': 'application/json' });
      // Something to read: it is theirs.
      raw.write('{}');
    },
  );

  server.post<{ Params: { name: string } }>(
    '/v1/sources/:name/take-back',
    { config },
    async ({ params, body, caller }, reply) => {
      const loop = loops.get(params.name);
      if (loop === undefined) return reply.code(404).send(unknown(params.name));
      const read = byHand.safeParse(body);
      if (!read.success)
        return reply.code(400).send({ code: 'usage', message: 'it does not say what was done', hint: null });
      await loop.lending.takeBack(read.data);
      const detail = 'addresses' in read.data ? read.data.addresses.join(' ') : '';
      const about = { action: read.data.did, subject: params.name, plan: undefined, detail };
      store.addAudit({ ...about, actor: caller?.actor ?? '', outcome: 'done' });
      return reply.send({ message: `${params.name} goes on` });
    },
  );
}

function unknown(name: string) {
  return { code: 'reference.missing', message: `there is no source ${name}`, hint: null };
}
