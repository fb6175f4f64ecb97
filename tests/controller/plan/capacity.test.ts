import { describe, expect, it } from 'vitest';

import { overfull } from '../../../controller/plan/capacity.ts';
import type { Resource } from '../../../schema/manifest.ts';
import { parseNovaFile } from '../../../schema/parse.ts';

const machines = `
[vm.a]
boot = { kernel = "./vmlinuz" }
memory = "4Gi"
cpu = 2
[vm.b]
boot = { kernel = "./vmlinuz" }
memory = "4Gi"
cpu = 2
[container.c]
capsule = "./root"
limits = { memory = "1Gi", cpu = 1 }
[container.free]
capsule = "./root"
`;

const gibibyte = 2 ** 30;

describe('overfull', () => {
  it.for([
    { memory: 9, said: '', without: [], reason: 'all fits exactly' },
    { memory: 8, said: '', without: ['vm.b'], reason: 'the last one in order that does not fit is left out' },
    { memory: 6, said: '', without: ['vm.b'], reason: 'what is smaller may still fit after it' },
    {
      memory: 6,
      said: 'overcommit = { memory = 1.5 }',
      without: [],
      reason: 'more is promised than there is',
    },
    { memory: 99, said: 'overcommit = { cpu = 1 }', without: ['vm.b'], reason: 'processors count as well' },
    { memory: 99, said: '', without: [], reason: 'eight to a processor is usual' },
  ])('$reason', async ({ memory, said, without }) => {
    const found = await overfullOf(said, machines, memory);
    expect([...found.keys()]).toEqual(without);
  });

  it('counts what runs first, and lets it be', async () => {
    const found = await overfullOf('', machines, 5, 'vm.b');
    expect([...found.keys()]).toEqual(['vm.a']);
  });

  it('says what is left, and how to promise more', async () => {
    const issue = (await overfullOf('', machines, 6)).get('vm.b');
    expect(issue).toMatchObject({
      code: 'host.capacity',
      message: 'vm.b needs 4096Mi of memory, and 1024Mi of 6144Mi are left: what the host has',
      hint: 'lower `memory`, stop another one, or promise more than there is: [limits] overcommit = { memory = 2 }',
    });
  });

  it('does not count what is stopped', async () => {
    const found = await overfullOf(
      '',
      machines.replace('memory = "4Gi"', 'memory = "4Gi"\nstate = "stopped"'),
      6,
    );
    expect([...found.keys()]).toEqual([]);
  });
});

async function overfullOf(said: string, text: string, gibibytes: number, running?: string) {
  const parsed = await parseNovaFile({
    text: `project = "lab"\n[limits]\n${said}\n${text}`,
    file: '/srv/NovaFile.toml',
  });
  if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues));
  const seenOf = ({ address }: Resource) =>
    address === running ? { phase: 'running', busy: false } : undefined;
  const candidates = parsed.manifest.resources.map((resource) => {
    return { address: resource.address, resource, seen: seenOf(resource) };
  });
  return overfull(candidates, parsed.manifest, { cpus: 3, memory: gibibytes * gibibyte });
}
