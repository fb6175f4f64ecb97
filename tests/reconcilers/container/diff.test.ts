import { describe, expect, it } from 'vitest';

import { diff } from '../../../reconcilers/container/diff.ts';
import type { Image } from '../../../reconcilers/container/readImage.ts';
import type { ContainerSeen } from '../../../reconcilers/container/seen.ts';
import { converged, declared, deps, ended, image } from './converged.ts';

const address = 'container.web';

/** `stop (restart), start (restart)` */
function words(resource: ReturnType<typeof declared> | undefined, seen: ContainerSeen | undefined): string {
  const steps = diff({ address, resource, seen, deps });
  return steps.map(({ id, effect }) => (effect === 'live' ? id : `${id} (${effect})`)).join(', ');
}

const seen = converged();
const bare = {
  linked: true,
  addresses: [],
  addresses6: [],
  prefixes: {},
  gateway: undefined,
  gateway6: undefined,
  deleted: [],
};
const inside = seen.inside ?? bare;
const link = seen.link ?? { up: true, master: 'lan', mtu: 1500, hairpin: true };

const onTheHost: readonly { reason: string; seen: ContainerSeen | undefined; steps: string }[] = [
  { reason: 'nothing differs', seen, steps: '' },
  {
    reason: 'nothing is there',
    seen: undefined,
    steps: 'namespace, link, address, record, ports, root, bundle, start',
  },
  {
    reason: 'the name of its namespace is gone',
    seen: { ...seen, named: false, attached: false },
    steps: 'namespace.attach',
  },
  {
    reason: 'its namespace has the name of another',
    seen: { ...seen, attached: false },
    steps: 'namespace.attach',
  },
  {
    reason: 'its link is off the bridge',
    seen: { ...seen, link: { ...link, master: undefined } },
    steps: 'link',
  },
  { reason: 'its link is down', seen: { ...seen, link: { ...link, up: false } }, steps: 'link' },
  { reason: 'its link has another MTU', seen: { ...seen, link: { ...link, mtu: 1400 } }, steps: 'link' },
  {
    reason: 'its link does not give back what is for its own published port',
    seen: { ...seen, link: { ...link, hairpin: false } },
    steps: 'link',
  },
  {
    reason: 'its link is gone, and everything inside with it',
    seen: {
      ...seen,
      link: undefined,
      inside: { ...inside, linked: false, addresses: [], gateway: undefined },
    },
    steps: 'link, address',
  },
  {
    reason: 'it has an address more',
    seen: { ...seen, inside: { ...inside, addresses: ['10.0.0.2', '10.0.0.3'] } },
    steps: 'address',
  },
  {
    reason: 'its address has another prefix',
    seen: { ...seen, inside: { ...inside, prefixes: { [inside.addresses[0] ?? '']: 30 } } },
    steps: 'address',
  },
  {
    reason: 'it has no way out',
    seen: { ...seen, inside: { ...inside, gateway: undefined } },
    steps: 'address',
  },
  {
    reason: 'it is noted otherwise what address it was given',
    seen: { ...seen, given: undefined },
    steps: 'address',
  },
  { reason: 'nobody knows its name', seen: { ...seen, records: [] }, steps: 'record' },
  {
    reason: 'its name stands in a network that it has left, too',
    seen: { ...seen, records: [...seen.records, { path: '/old', text: '10.1.1.1 web\n' }] },
    steps: 'record',
  },
  {
    reason: 'a rule is gone',
    seen: { ...seen, rules: { ...seen.rules, rules: seen.rules.rules.slice(1) } },
    steps: 'ports',
  },
  {
    reason: 'the table is gone',
    seen: { ...seen, rules: { scaffold: false, rules: [], misplaced: [] } },
    steps: 'ports',
  },
  {
    reason: 'its root is not mounted, which a running capsule does not notice',
    seen: { ...seen, root: undefined },
    steps: 'root',
  },
  {
    reason: 'another root is mounted',
    seen: { ...seen, root: { lower: '/elsewhere', upper: '/other' } },
    steps: 'stop (restart), root (restart), start (restart)',
  },
  {
    reason: 'its configuration is gone',
    seen: { ...seen, config: undefined },
    steps: 'stop (restart), bundle (restart), start (restart)',
  },
  {
    reason: 'its memory limit is another',
    seen: { ...seen, limits: { memory: 1, cpu: 0.5, pids: 50, io: undefined } },
    steps: 'limits',
  },
  { reason: 'it is frozen', seen: { ...seen, phase: 'frozen' }, steps: 'resume' },
  { reason: 'it was stopped by a signal', seen: { ...seen, phase: 'signalled' }, steps: 'resume' },
  { reason: 'it was created and not started', seen: { ...seen, phase: 'created' }, steps: 'start' },
  { reason: 'nobody watches it', seen: { ...seen, conmon: false }, steps: 'stop (restart), start (restart)' },
  { reason: 'conmon was stopped by a signal', seen: { ...seen, unwatched: true }, steps: 'resume' },
  {
    reason: 'both were stopped by a signal',
    seen: { ...seen, phase: 'signalled', unwatched: true },
    steps: 'resume',
  },
  {
    reason: 'a folder that it has mounted was deleted',
    seen: { ...seen, inside: { ...inside, deleted: ['/srv'] } },
    steps: 'stop (restart), start (restart)',
  },
  { reason: 'its monitor has been told nothing', seen: { ...seen, restart: undefined }, steps: 'restart' },
  { reason: 'it was killed', seen: ended(137), steps: 'start' },
  { reason: 'it is gone without a word', seen: ended(undefined), steps: 'start' },
  {
    reason: 'it waits to be started again',
    seen: { ...ended(1), phase: 'restarting', conmon: true, busy: true },
    steps: 'start',
  },
  {
    reason: 'the machine was started again: only its data are left',
    seen: {
      ...ended(undefined),
      ...{
        named: false,
        link: undefined,
        records: [],
        root: undefined,
        config: undefined,
        restart: undefined,
        given: undefined,
      },
      rules: { scaffold: false, rules: [], misplaced: [] },
    },
    steps: 'namespace, link, address, record, ports, root, bundle, start',
  },
];

describe('diff, of one that is declared as stopped', () => {
  const resource = declared({ state: 'stopped' });
  const { given, ...rest } = { ...ended(undefined), image };

  it('plans nothing when all but its process is there', () => {
    expect(words(resource, { ...rest, given })).toBe('');
  });

  it.each([
    { reason: 'another address', change: { ip: '10.0.0.77' }, changed: 'ip' },
    { reason: 'another prefix', change: { prefix: 30 }, changed: 'prefix' },
    { reason: 'another way out', change: { gateway: '10.0.0.99' }, changed: 'gateway' },
    { reason: 'no way out', change: { gateway: undefined }, changed: 'gateway' },
  ])('plans its address anew when it was given $reason', ({ change, changed }) => {
    if (given === undefined) throw new Error('it has an address');
    const steps = diff({ address, resource, seen: { ...rest, given: { ...given, ...change } }, deps });
    expect(steps.map(({ id, changes }) => [id, changes.map(({ path }) => path)])).toEqual([
      ['address', [changed]],
    ]);
  });
});

describe('diff, of what somebody did to the host', () => {
  it.each(onTheHost)('plans "$steps" when $reason', ({ seen: found, steps }) => {
    expect(words(declared(), found)).toBe(steps);
  });
});

const inTheFile: readonly { reason: string; change: Parameters<typeof declared>[0]; steps: string }[] = [
  {
    reason: 'the environment is another',
    change: { env: {} },
    steps: 'stop (restart), bundle (restart), start (restart)',
  },
  {
    reason: 'the host name is another',
    change: { hostname: 'www' },
    steps: 'names',
  },
  { reason: 'a limit goes', change: { limits: { memory: 64 * 2 ** 20, cpu: 0.5 } }, steps: 'limits' },
  {
    reason: 'a port is another',
    change: { ports: [{ host: 8081, container: 80, protocol: 'tcp' }] },
    steps: 'ports',
  },
  { reason: 'no port is published any more', change: { ports: [] }, steps: 'link, ports' },
  { reason: 'the restart policy is another', change: { restart: 'never' }, steps: 'restart' },
  { reason: 'it gets more time to stop', change: { stop_timeout: 60 }, steps: 'restart' },
  {
    reason: 'its health is told otherwise',
    change: { health: { tcp: 80, interval: 1, timeout: 1, deadline: 1 } },
    steps: '',
  },
];

describe('diff, of a changed line', () => {
  it.each(inTheFile)('plans "$steps" when $reason', ({ change, steps }) => {
    expect(words(declared(change), seen)).toBe(steps);
  });

  it('names each field with what it is and what it becomes', () => {
    const resource = declared({ env: { GREETING: 'good day' }, limits: {} });
    const steps = diff({ address, resource, seen, deps });
    expect(steps.flatMap(({ changes }) => changes)).toEqual([
      { path: 'env.GREETING', before: 'hello', after: 'good day' },
      { path: 'env.DB', before: '10.0.0.9', after: undefined },
    ]);
  });

  it('replaces what was written on top of another capsule', () => {
    const other: Image = { ...image, lower: '/srv/other' };
    expect(words(declared(), { ...seen, image: other })).toBe(
      'stop (replace), root (replace), start (replace)',
    );
    expect(words(declared(), { ...ended(0), image: other })).toBe('root (replace), start');
  });

  it('leaves what is known only after apply as it is written', () => {
    const unknown = { ...deps, outputs: () => undefined };
    const steps = diff({ address, resource: declared(), seen, deps: unknown });
    expect(steps.flatMap(({ changes }) => changes)).toContainEqual({
      path: 'env.DB',
      before: '10.0.0.9',
      after: '${container.db.ip}',
    });
  });
});

describe('diff, of a capsule that has ended', () => {
  it.each([
    { restart: 'always', status: 0, steps: 'start', reason: 'it is to run always' },
    { restart: 'on-failure', status: 0, steps: '', reason: 'it is complete' },
    { restart: 'never', status: 0, steps: '', reason: 'it is complete' },
    { restart: 'on-failure', status: 1, steps: 'start', reason: 'it failed' },
    { restart: 'never', status: 1, steps: 'start', reason: 'a failure is never complete' },
  ] as const)('$restart, status $status: $reason', ({ restart, status, steps }) => {
    const resource = declared({ restart });
    expect(words(resource, ended(status, resource))).toBe(steps);
  });

  it('leaves a complete one alone while its restart program has yet to find nothing to do', () => {
    const resource = declared({ restart: 'never' });
    expect(words(resource, { ...ended(0, resource), phase: 'restarting', busy: true })).toBe('');
    expect(words(declared(), { ...ended(0), phase: 'restarting', busy: true })).toBe('start');
  });

  it('runs a complete one again for a new configuration only', () => {
    const before = declared({ restart: 'never' });
    expect(words(declared({ restart: 'never', env: {} }), ended(0, before))).toBe('bundle (restart), start');
    expect(words(declared({ restart: 'never', limits: {} }), ended(0, before))).toBe('limits');
  });

  it('says how it ended and what it said last', () => {
    const [step] = diff({ address, resource: declared(), seen: { ...ended(3), log: ['no', 'luck'] }, deps });
    expect(step).toMatchObject({ class: 'stopped', reason: 'it exited with status 3, and said: no / luck' });
  });
});

describe('diff, of a container that is not declared', () => {
  it('takes everything away, in the order in which nothing misses it', () => {
    expect(words(undefined, seen)).toBe('stop, ports, record, link, namespace, root, files');
  });

  it('takes away whatever is left', () => {
    const left = { ...ended(undefined), named: false, link: undefined, records: [], root: undefined };
    expect(words(undefined, { ...left, rules: { scaffold: true, rules: [], misplaced: [] } })).toBe('files');
  });

  it('has nothing to do when nothing is left', () => {
    expect(words(undefined, undefined)).toBe('');
  });
});
