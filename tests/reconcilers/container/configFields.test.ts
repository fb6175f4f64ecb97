import { describe, expect, it } from 'vitest';

import { compareConfigs } from '../../../reconcilers/container/configFields.ts';

const base = {
  process: { args: ['a'], env: ['A=1', 'B=2'], cwd: '/', user: { uid: 0, gid: 0 }, noNewPrivileges: true },
  hostname: 'web',
  mounts: [
    { destination: '/proc', type: 'proc', source: 'proc' },
    { destination: '/etc/hosts', type: 'bind', source: '/run/etc/hosts', options: ['rw'] },
    { destination: '/data', type: 'bind', source: '/volumes/data', options: ['rbind', 'rw'] },
  ],
  linux: { resources: { pids: { limit: 5 } }, seccomp: {} },
};

const nameOf = (source: string): string | undefined =>
  source.startsWith('/run/etc/') ? undefined : source.replace('/volumes/', '');

type Config = typeof base;

const compare = (before: object, after: object) =>
  compareConfigs(JSON.stringify(before), JSON.stringify(after), nameOf);

const rows: readonly { reason: string; change: (config: Config) => object; fields: readonly object[] }[] = [
  {
    reason: 'a variable is new, one is other, one goes',
    change: (config) => ({ ...config, process: { ...config.process, env: ['A=2', 'C=3'] } }),
    fields: [
      { path: 'env.A', before: '1', after: '2' },
      { path: 'env.B', before: '2', after: undefined },
      { path: 'env.C', before: undefined, after: '3' },
    ],
  },
  {
    reason: 'the command differs',
    change: (config) => ({ ...config, process: { ...config.process, args: ['a', 'b'] } }),
    fields: [{ path: 'command', before: ['a'], after: ['a', 'b'] }],
  },
  {
    reason: 'the user and the folder differ',
    change: (config) => ({
      ...config,
      process: { ...config.process, cwd: '/srv', user: { uid: 1, gid: 2 } },
    }),
    fields: [
      { path: 'workdir', before: '/', after: '/srv' },
      { path: 'user', before: '0:0', after: '1:2' },
    ],
  },
  {
    reason: 'a volume is mounted read-only',
    change: (config) => ({
      ...config,
      mounts: config.mounts.with(2, {
        destination: '/data',
        type: 'bind',
        source: '/volumes/data',
        options: ['rbind', 'ro'],
      }),
    }),
    fields: [{ path: 'volumes', before: ['data:/data'], after: ['data:/data:ro'] }],
  },
  {
    reason: 'what has no word in the NovaFile was edited',
    change: (config) => ({ ...config, process: { ...config.process, noNewPrivileges: false } }),
    fields: [{ path: 'config', before: 'something else', after: 'as declared' }],
  },
  {
    reason: 'a mount that every capsule has is gone',
    change: (config) => ({ ...config, mounts: config.mounts.slice(1) }),
    fields: [{ path: 'config', before: 'something else', after: 'as declared' }],
  },
];

describe('compareConfigs', () => {
  it.each(rows)('names the fields: $reason', ({ change, fields }) => {
    expect(compare(base, change(base))).toEqual({ fields, names: [], resources: false });
  });

  it('keeps limits apart: they can be changed while it runs', () => {
    const after = { ...base, linux: { ...base.linux, resources: { pids: { limit: 6 } } } };
    expect(compare(base, after)).toEqual({ fields: [], names: [], resources: true });
  });

  it('does not mind blanks and the order of keys', () => {
    const { process, hostname, ...rest } = base;
    const turned = JSON.stringify({ ...rest, hostname, process }, null, 4);
    expect(compareConfigs(turned, JSON.stringify(base), nameOf)).toEqual({
      fields: [],
      names: [],
      resources: false,
    });
  });

  it('takes what is no JSON for a configuration without anything', () => {
    const { fields } = compareConfigs('{"process":', JSON.stringify(base), nameOf);
    expect(fields).toContainEqual({ path: 'command', before: undefined, after: ['a'] });
  });
});
