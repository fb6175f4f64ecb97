import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { forgeTable } from '../../../controller/notify/settings.ts';
import { fakeForge, type FakeForge, token } from './forge.ts';
import { revision, tell, type Told } from './told.ts';

const lan = '[network.lan]\nsubnet = "192.168.77.1/24"\n';
const web = '[container.web]\ncapsule = "/lab/busybox"\ncommand = ["/bin/serve"]\n';
const file = (...parts: readonly string[]): string => ['project = "demo"\n', ...parts].join('');

describe.each(['github', 'gitlab', 'gitea'] as const)('%s is told', (kind) => {
  let forge: FakeForge;
  let told: Told;
  beforeEach(async () => {
    forge = await fakeForge(kind);
    told = await tell((file_) => ({
      forge: forgeTable.parse({ kind, api: forge.api, repository: 'me/lab', token_file: file_ }),
      notify: [],
    }));
  });
  afterEach(async () => {
    await told[Symbol.asyncDispose]();
    await forge[Symbol.asyncDispose]();
  });

  const failed = kind === 'gitlab' ? 'failed' : 'failure';
  /** `1 pending it is being applied`, in the order in which they came. */
  const statuses = (): readonly string[] =>
    forge.statuses.map(({ sha, state, name, text }) => {
      expect(name).toBe('nova/lab');
      return `${sha[0]} ${state} ${text}`;
    });

  it('that a commit is applied, and with which plan', async () => {
    await told.simulation.push(revision(1), file(lan, web));
    await told.delivered();
    expect(statuses()).toEqual([
      '1 pending it is being applied',
      '1 success generation 1: 2 resources are as declared',
    ]);
    expect(forge.comments).toEqual([expect.stringContaining('Plan: 2 to add, 0 to change, 0 to destroy.')]);
    expect(forge.mistakes).toEqual([]);
  });

  it('that a commit is wrong, cannot be done, and was rolled back', async () => {
    const { simulation } = told;
    await simulation.push(revision(1), file(lan));
    await simulation.push(revision(2), 'project = "demo"\n[network.lan]\nmtu = 5\n');
    await simulation.push(revision(3), file(lan, web.replace('/lab/busybox', '/lab/nothing')));
    await simulation.clock.advance(400_000);
    await told.delivered();
    expect(statuses()).toEqual([
      '1 pending it is being applied',
      '1 success generation 1: 1 resource is as declared',
      `2 ${failed} /lab/NovaFile.toml:2:1: a network with the profile nat needs a subnet`,
      '3 pending it is being applied',
      expect.stringMatching(new RegExp(`^3 ${failed} container.web: .*/lab/nothing`)),
      expect.stringMatching(new RegExp(`^3 ${failed} .*did not get ready in 300 s`)),
    ]);
  });

  it('that a commit waits for somebody, and goes on when he has agreed', async () => {
    const { simulation } = told;
    await simulation.push(revision(1), file(lan, web));
    await simulation.push(revision(2), file(lan));
    await told.delivered();
    simulation.controller.loops.get('lab')?.approve();
    await simulation.clock.advance(2000);
    await told.delivered();
    const second = statuses().filter((line) => line.startsWith('2 '));
    // GitLab does not let what is pending become pending.
    const between =
      kind === 'gitlab'
        ? []
        : [expect.stringContaining('it would delete'), expect.stringContaining('agreed')];
    expect(second).toEqual([
      '2 pending it is being applied',
      ...between,
      '2 success generation 2: 1 resource is as declared',
    ]);
    // The change has one comment, which says what its newest commit would do.
    expect(forge.comments).toEqual([expect.stringContaining('0 to add, 0 to change, 1 to destroy')]);
  });

  it('of what the host does later nothing: that is not about the commit', async () => {
    const { simulation } = told;
    await simulation.push(revision(1), file(lan, web));
    simulation.host.kernel.failNext('runtime.create', 'no such runtime');
    simulation.host.kernel.ip('link set lan mtu 1280');
    simulation.controller.wake();
    await simulation.clock.advance(5000);
    await told.delivered();
    expect(statuses().length).toBe(2);
  });

  it.each([
    { trouble: ['refused', 'refused', 'refused'] as const, reason: 'it is overloaded' },
    { trouble: ['unanswered', 'unanswered', 'unanswered'] as const, reason: 'its answers are lost' },
    { trouble: ['refused', 'unanswered', 'refused', 'unanswered'] as const, reason: 'both' },
  ])('again after errors, and never twice: $reason', async ({ trouble }) => {
    forge.trouble(...trouble);
    await told.simulation.push(revision(1), file(lan, web));
    await told.delivered();
    expect(statuses()).toEqual([
      '1 pending it is being applied',
      '1 success generation 1: 2 resources are as declared',
    ]);
    expect(forge.comments.length).toBe(1);
    expect(forge.attempts()).toBe(3 + trouble.filter((each) => each === 'refused').length);
    expect(told.logged.filter((line) => line.includes('lab forge')).length).toBe(trouble.length);
    expect(JSON.stringify(told.logged)).not.toContain(token);
  });

  it.each([
    { trouble: ['unanswered'], reason: 'the first has arrived' },
    { trouble: ['refused'], reason: 'the first has not' },
    { trouble: ['unanswered', 'refused'], reason: 'one has, and one has not' },
    { trouble: [], reason: 'nothing was wrong' },
  ] as const)('after a kill what it has not heard, and nothing twice: $reason', async ({ trouble }) => {
    forge.trouble(...trouble);
    await told.simulation.push(revision(1), file(lan));
    const next = await told.killed();
    await told[Symbol.asyncDispose]();
    told = next;
    await told.delivered();
    expect(statuses()).toEqual([
      '1 pending it is being applied',
      '1 success generation 1: 1 resource is as declared',
    ]);
    expect(forge.comments.length).toBe(1);
  });
});
