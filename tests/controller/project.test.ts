import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { readProject } from '../../controller/project.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nova-project-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

describe('readProject', () => {
  it('reads what is included, by name and by pattern, in order and without what is hidden', async () => {
    await write({
      'NovaFile.toml': 'project = "lab"\ninclude = ["net.toml", "hosts/*.toml"]\n',
      'net.toml': '[network.lan]\nsubnet = "10.0.0.1/24"\n',
      'hosts/b.toml': '[vm.b]\nimage = "./b.qcow2"\n',
      'hosts/a.toml': '[vm.a]\nimage = "../a.qcow2"\n',
      'hosts/.c.toml': 'not read',
      'hosts/notes.txt': 'not read',
    });
    const { manifest, issues, texts } = await readProject(folder);
    expect(issues).toEqual([]);
    expect([...texts.keys()].map((path) => relative(folder, path))).toEqual([
      'NovaFile.toml',
      'net.toml',
      'hosts/a.toml',
      'hosts/b.toml',
    ]);
    expect(
      manifest?.resources.map(({ spec, at }) => ['image' in spec ? spec.image : '', resolve(at.file)]),
    ).toEqual([
      ['', join(folder, 'net.toml')],
      [{ type: 'path', path: join(folder, 'a.qcow2') }, join(folder, 'hosts/a.toml')],
      [{ type: 'path', path: join(folder, 'hosts/b.qcow2') }, join(folder, 'hosts/b.toml')],
    ]);
  });

  it('says of each file that cannot be included why, at its place', async () => {
    await write({
      'NovaFile.toml': 'project = "lab"\ninclude = ["none.toml", "hosts", "bytes.toml"]\n',
      'hosts/a.toml': '',
      'bytes.toml': new Uint8Array([0x5b, 0xff, 0xfe]),
    });
    const { issues } = await readProject(folder);
    expect(issues.map(({ message, at }) => [message.replace(`${folder}/`, ''), at?.column])).toEqual([
      ['none.toml cannot be included: there is no such file', 12],
      ['hosts cannot be included: it is not a file', 25],
      ['bytes.toml cannot be included: it is not UTF-8 text', 34],
    ]);
  });

  it('takes the environment, a profile, and values of variables', async () => {
    await write({
      'NovaFile.toml': `project = "lab"
[vars]
mode = "0700"
owner = "1:1"
[volume.data]
mode = "\${var.mode}"
owner = "\${var.owner}"
[volume.temporary]
mode = "\${env.NOVA_PROJECT_TEST:-0711}"
[profile.prod.volume.data]
owner = "7:7"
`,
      'values.toml': 'mode = "0750"\n',
    });
    const { manifest } = await readProject(folder, {
      profile: 'prod',
      set: [{ name: 'owner', text: '9:9' }],
      valueFiles: [join(folder, 'values.toml')],
      env: { NOVA_PROJECT_TEST: '0722' },
    });
    expect(manifest?.resources.map(({ spec }) => spec)).toMatchObject([
      { mode: '0750', owner: '7:7' },
      { mode: '0722' },
    ]);
  });

  it('shows paths from the working folder where that is shorter', async () => {
    const inside = await mkdtemp(join(process.cwd(), 'node_modules/.nova-project-'));
    try {
      await writeFile(join(inside, 'NovaFile.toml'), 'project = "lab"\ninclude = ["a.toml"]\n');
      await writeFile(join(inside, 'a.toml'), '[volume.a]\nmode = 1\n');
      const { issues } = await readProject(inside);
      expect(issues[0]?.at?.file).toBe(join(relative(process.cwd(), inside), 'a.toml'));
    } finally {
      await rm(inside, { recursive: true });
    }
  });
});
