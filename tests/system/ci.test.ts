import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { scriptsIn, type WorkflowFile } from '../docs/workflows.ts';
import { run } from './support/shell.ts';
import { cli, createWorld, type World } from './support/world.ts';

/** What a runner gives a job, for each forge; tokens and numbers as a test can tell them. */
const environments: Readonly<Record<WorkflowFile, (api: string) => Record<string, string>>> = {
  'github.yml': () => ({ GH_TOKEN: 'secret', NUMBER: '7' }),
  'gitlab-ci.yml': (api) => ({
    NOVA_COMMENT_TOKEN: 'secret',
    CI_API_V4_URL: api,
    CI_PROJECT_ID: '4',
    CI_MERGE_REQUEST_IID: '7',
  }),
  'forgejo.yml': (api) => ({
    TOKEN: 'secret',
    NUMBER: '7',
    GITHUB_API_URL: api,
    GITHUB_REPOSITORY: 'me/lab',
  }),
};

describe('the workflows of examples/ci', () => {
  let world: World;
  let server: Server;
  let api: string;
  const posted: string[] = [];
  beforeAll(async () => {
    world = await createWorld();
    await world.write('project = "ci"\n[network.lan]\nsubnet = "192.168.77.1/24"\n');
    await run(['mkdir', join(world.folder, 'bin')]);
    await world.writeAt(join(world.folder, 'bin/sudo'), '#!/bin/sh\nexec "$@"\n');
    await world.writeAt(join(world.folder, 'bin/npm'), '#!/bin/sh\n');
    await world.writeAt(join(world.folder, 'bin/nova'), `#!/bin/sh\nexec ${cli.join(' ')} "$@"\n`);
    // Its own program cannot be had here: what it is told is written down.
    await world.writeAt(
      join(world.folder, 'bin/gh'),
      '#!/bin/sh\necho "gh $*" >gh.txt\ncat plan.md >>gh.txt\n',
    );
    await run(['chmod', '-R', '755', join(world.folder, 'bin')]);
    server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      request.once('end', () => {
        const token = request.headers['private-token'] ?? request.headers['authorization'];
        posted.push(`${request.method} ${request.url} ${String(token)}\n${text}`);
        response.writeHead(201).end('{}');
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.close();
    await world[Symbol.asyncDispose]();
  });

  async function job(file: WorkflowFile, name: string): Promise<readonly number[]> {
    const codes: number[] = [];
    for (const script of scriptsIn(file).get(name) ?? []) {
      const { code } = await run(['bash', '-e', '-o', 'pipefail', '-c', `cd ${world.folder}\n${script}`], {
        env: {
          ...environments[file](api),
          PATH: `${join(world.folder, 'bin')}:${process.env['PATH']}`,
          NOVA_NETNS: world.netns,
          NOVA_STATE_DIR: world.stateDirectory,
          NOVA_DATA_DIR: world.dataDirectory,
        },
      });
      codes.push(code);
    }
    return codes;
  }

  it.each(['github.yml', 'gitlab-ci.yml', 'forgejo.yml'] as const)(
    'validate, plan, comment and tell drift: %s',
    async (file) => {
      expect(await job(file, 'validate')).toEqual([0, 0]);
      expect(await job(file, 'plan')).toEqual([0, 0]);
      // What is declared and was never applied differs.
      expect(await job(file, 'drift')).toEqual([2]);
      const comment = file === 'github.yml' ? await world.read(join(world.folder, 'gh.txt')) : posted.at(-1);
      expect(decodeURIComponent((comment ?? '').replaceAll('+', ' '))).toContain('Plan: 1 to add');
      const head = {
        'github.yml': 'gh pr comment 7 --edit-last --create-if-none --body-file plan.md',
        'gitlab-ci.yml': 'POST /projects/4/merge_requests/7/notes secret',
        'forgejo.yml': 'POST /repos/me/lab/issues/7/comments token secret',
      }[file];
      expect(comment?.split('\n')[0]).toBe(head);
    },
  );
});
