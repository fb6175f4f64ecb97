import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createQuickstart, type Quickstart } from './support/quickstart.ts';
import { must, run } from './support/shell.ts';

const netns = 'nvt-quickstart';

let clone: Quickstart;

beforeAll(async () => {
  clone = await createQuickstart(netns);
});

afterAll(async () => clone[Symbol.asyncDispose]());

const quickstart = (...argv: readonly string[]) => clone.run(...argv);

describe('the quickstart', () => {
  it('brings a virtual machine up, whose page a container fetches by its name', async () => {
    const { code, stdout, stderr } = await quickstart();
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('Apply: 6 of 6 applied.');
    expect(stdout).toMatch(/vm\.guest +running/);
    expect(stdout).toMatch(/asked http:\/\/guest\/ and got: hello from a virtual machine with Linux [0-9]/);
    expect(stdout).toContain(`export NOVA_NETNS=${netns}`);
  });

  it('has nothing to do when it runs again, and repairs what was broken', async () => {
    expect((await quickstart()).stdout).toContain('Nothing to do: the host is as the NovaFile says.');
    await must(['ip', '--netns', netns, 'link', 'delete', 'lan']);
    const { code, stdout } = await quickstart();
    expect(code).toBe(0);
    expect(stdout).toContain('Plan: 0 to add, 3 to change, 0 to destroy.');
    expect(stdout).toContain('hello from a virtual machine');
  });

  it('is taken away whole', async () => {
    const { code, stdout } = await quickstart('--clean');
    expect(code).toBe(0);
    expect(stdout).toContain('Destroy: 6 of 6 destroyed.');
    expect(await must(['ip', 'netns', 'list'])).not.toContain(netns);
    expect((await run(['ls', clone.dataDirectory])).stdout).toBe('');
  });

  it('does not guess what another word means', async () => {
    const { code, stderr } = await quickstart('--clear');
    expect(code).toBe(1);
    expect(stderr).toContain('knows --clean, not --clear');
  });
});
