import { describe, expect, it } from 'vitest';

import { memoryFiles } from '../../fixtures/memoryFiles.ts';
import type { Issue, Subject } from '../../schema/errors.ts';
import { parseNovaFile } from '../../schema/parse.ts';

const main = `project = "lab"
include = ["more.toml"]
[vars]
image = "./absent.qcow2"
[vm.a]
image = "\${var.image}"
boot = { kernel = "./k", initrd = "./i" }
[container.c]
capsule = "ubuntu:22.04"
volumes = [
  "./a:/a",
  "./b:/b",
]
for_each = ["x", "y"]
[profile.prod.vm.a]
memory = "64Gi"
`;

const more = `[network.lan]
type = "bridge"
interfaces = ["eth7", "eth8"]
[vm.b]
image = "./b"
disk.size = "1Gi"
`;

describe('pointing', () => {
  it.for<{ resource: string; path: Subject['path']; on?: 'key'; at: string; reason: string }>([
    {
      resource: 'vm.a',
      path: ['boot', 'initrd'],
      at: 'NovaFile.toml:7:35 "./i"',
      reason: 'a value in a table',
    },
    { resource: 'vm.a', path: ['boot'], on: 'key', at: 'NovaFile.toml:7:1 boot', reason: 'a key' },
    {
      resource: 'container.c-x',
      path: ['volumes', 1],
      at: 'NovaFile.toml:12:3 "./b:/b"',
      reason: 'of a table for several',
    },
    {
      resource: 'image.ubuntu:22.04',
      path: [],
      at: 'NovaFile.toml:9:11 "ubuntu:22.04"',
      reason: 'what is implied',
    },
    {
      resource: 'network.lan',
      path: ['interfaces', 1],
      at: 'more.toml:3:23 "eth8"',
      reason: 'in another file',
    },
    { resource: 'vm.b', path: ['disk', 'size'], at: 'more.toml:6:13 "1Gi"', reason: 'of a dotted key' },
    { resource: 'vm.b', path: ['memory'], at: 'more.toml:4:1', reason: 'a default, at the table' },
    { resource: 'vm.a', path: ['memory'], at: 'NovaFile.toml:16:10 "64Gi"', reason: 'what a profile says' },
  ])('finds $reason', async ({ at, reason: _, ...about }) => {
    const [issue] = await pointed([about]);
    expect(issue === undefined ? '' : where(issue)).toBe(at);
  });

  it('tells as well where a variable has its value', async () => {
    const [issue] = await pointed([{ resource: 'vm.a', path: ['image'] }]);
    expect(issue).toMatchObject({ at: { line: 6, column: 9 } });
    expect(issue?.related).toMatchObject([
      { message: 'var.image is written here', at: { line: 4, column: 9 } },
    ]);
  });

  it('leaves alone what is about nothing in the file', async () => {
    const at = { file: 'NovaFile.toml', line: 1, column: 1 };
    const pointing = await pointingOf();
    const issues: readonly Issue[] = [{ code: 'host.unknown', message: 'no', at }];
    expect(await pointing(issues)).toEqual(issues);
    expect(
      await pointing([{ code: 'host.unknown', message: 'no', at, about: { resource: 'vm.z', path: [] } }]),
    ).toMatchObject([{ at }]);
  });
});

async function pointed(subjects: readonly Subject[]): Promise<readonly Issue[]> {
  const pointing = await pointingOf();
  return pointing(subjects.map((about): Issue => ({ code: 'host.capacity', message: 'too much', about })));
}

async function pointingOf() {
  const files = memoryFiles(new Map([['/srv/more.toml', more]]), '/srv');
  const parsed = await parseNovaFile({
    text: main,
    file: '/srv/NovaFile.toml',
    shownAs: 'NovaFile.toml',
    files,
    profile: 'prod',
  });
  if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues));
  return parsed.pointing;
}

/** The place, and what stands there. */
function where({ at, until }: Issue): string {
  if (at === undefined) return 'nowhere';
  const line = (at.file === 'NovaFile.toml' ? main : more).split('\n')[at.line - 1] ?? '';
  const token = until === undefined ? '' : ` ${line.slice(at.column - 1, until.column - 1)}`;
  return `${at.file}:${at.line}:${at.column}${token}`;
}
