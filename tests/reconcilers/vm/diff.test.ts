import { describe, expect, it } from 'vitest';

import type { Dependencies } from '../../../reconcilers/reconciler.ts';
import { diff } from '../../../reconcilers/vm/diff.ts';
import type { VmSeen } from '../../../reconcilers/vm/seen.ts';
import type { VmSpec } from '../../../schema/vm.ts';
import { box, dependencies, full, lan, off, running } from './specs.ts';

interface Row {
  readonly reason: string;
  readonly spec?: Partial<VmSpec>;
  readonly seen: VmSeen | undefined;
  readonly deps?: Dependencies;
  /** Ids of the steps, with the effect where it is not live. */
  readonly steps: readonly string[];
  /** Paths of the changes. */
  readonly changes?: readonly string[];
}

const stopStart = (effect: string, ...between: string[]) => [`stop ${effect}`, ...between, `start ${effect}`];
const { runs } = running();
const older = runs && { ...runs, nicPort: false, fixedNic: true };
const unconnected = { link: undefined, nic: false, attached: false, records: [], reservations: [] };
const fast = { ...lan, mtu: 9000 };

const rows: readonly Row[] = [
  { reason: 'all is well', seen: running(), steps: [] },
  {
    reason: 'there is nothing of it',
    seen: undefined,
    steps: ['owner', 'link', 'reservation', 'record', 'disk', 'start'],
    changes: ['network', 'ip', 'image', 'cpu', 'memory', 'boot.kernel', 'boot.initrd', 'boot.cmdline'],
  },
  { reason: 'its owner files are gone', seen: running({ owned: false }), steps: ['owner'] },
  { reason: 'it has ended', seen: off(), steps: ['start'], changes: ['state'] },
  {
    reason: 'QEMU is stopped by a signal',
    seen: running({ phase: 'signalled' }),
    steps: ['resume'],
    changes: ['state'],
  },
  { reason: 'it is paused', seen: running({ phase: 'paused' }), steps: ['resume'], changes: ['state'] },
  {
    reason: 'it has failed for good',
    seen: running({ phase: 'failed' }),
    steps: stopStart('restart'),
    changes: ['state'],
  },
  {
    reason: 'its TAP is off the bridge, which is mended live',
    seen: running({ link: { up: true, master: undefined, mtu: 1500 } }),
    steps: ['link'],
    changes: ['network'],
  },
  {
    reason: 'a TAP was made in the place of the one that QEMU has',
    seen: running({ attached: false }),
    steps: ['nic.unplug', 'nic.plug'],
    changes: ['network'],
  },
  {
    reason: 'its TAP is gone, and its network card can be put on another one',
    seen: running({ link: undefined, attached: false }),
    steps: ['nic.unplug', 'link', 'nic.plug'],
    changes: ['network'],
  },
  {
    reason: 'its network card was pulled',
    seen: running({ nic: false }),
    steps: ['nic.plug'],
    changes: ['network'],
  },
  {
    reason: 'its network card was pulled, with what is behind it',
    seen: running({ nic: false, attached: false, phase: 'paused' }),
    steps: ['resume', 'nic.plug'],
    changes: ['state', 'network'],
  },
  {
    reason: 'one that is paused lets go of nothing',
    seen: running({ link: undefined, attached: false, phase: 'paused' }),
    steps: stopStart('restart', 'link'),
    changes: ['network'],
  },
  {
    reason: 'one that is stopped by a signal does not say what it has',
    seen: running({ nic: undefined, phase: 'signalled' }),
    steps: ['resume', 'nic.plug'],
    changes: ['state'],
  },
  {
    reason: 'one that an older version has started on a network goes on',
    seen: running({ runs: older }),
    steps: [],
  },
  {
    reason: 'and can take no other TAP',
    seen: running({ runs: older, link: undefined, attached: false }),
    steps: stopStart('restart', 'link'),
    changes: ['network'],
  },
  {
    reason: 'one that an older version has started without a network has no port to plug a card into',
    seen: running({ ...unconnected, runs: runs && { ...runs, nicPort: false } }),
    steps: stopStart('restart', 'link', 'reservation', 'record'),
    changes: ['network', 'ip', 'dns'],
  },
  {
    reason: 'a network is added while it runs',
    seen: running(unconnected),
    steps: ['link', 'reservation', 'record', 'nic.plug'],
    changes: ['network', 'ip', 'dns'],
  },
  {
    reason: 'one that does not run can',
    seen: off({ link: undefined }),
    steps: ['link', 'start'],
    changes: ['network', 'state'],
  },
  {
    reason: 'its control group is another',
    seen: running({ home: false }),
    steps: ['cgroup'],
    changes: ['cgroup'],
  },
  {
    reason: 'its reservation is gone',
    seen: running({ reservations: [] }),
    steps: ['reservation'],
    changes: ['ip'],
  },
  {
    reason: 'a machine asks for its address when it starts',
    seen: running(),
    deps: dependencies(lan, '192.168.77.10'),
    steps: stopStart('restart', 'reservation restart', 'record'),
    changes: ['ip', 'dns'],
  },
  { reason: 'its DNS record is gone', seen: running({ records: [] }), steps: ['record'], changes: ['dns'] },
  {
    reason: 'QEMU takes up cpus when it starts',
    spec: { cpu: 3 },
    seen: running(),
    steps: stopStart('restart'),
    changes: ['cpu'],
  },
  {
    reason: 'and memory',
    spec: { memory: 2 ** 30 },
    seen: running(),
    steps: stopStart('restart'),
    changes: ['memory'],
  },
  {
    reason: 'and what it boots',
    spec: { boot: { kernel: { type: 'path', path: '/boot/other' }, cmdline: '' } },
    seen: running(),
    steps: stopStart('restart'),
    changes: ['boot.kernel', 'boot.initrd', 'boot.cmdline'],
  },
  {
    reason: 'the accelerator that is asked for is another',
    spec: { accel: 'kvm' },
    seen: running(),
    steps: stopStart('restart'),
    changes: ['accel'],
  },
  {
    reason: 'whatever accelerator it runs with is as good as another when none is asked for',
    seen: running({ runs: runs && { ...runs, accel: 'kvm' } }),
    steps: [],
  },
  {
    reason:
      'its network carries larger packets, of which its device tells it when it starts, and DHCP before',
    seen: running(),
    deps: dependencies(fast),
    steps: ['link'],
    changes: ['mtu'],
  },
  {
    reason: 'what it wrote lies over another image',
    spec: { image: { type: 'path', path: '/images/other.qcow2' } },
    seen: running(),
    steps: stopStart('data-loss', 'disk data-loss'),
    changes: ['image'],
  },
  {
    reason: 'an image that is known only after apply is not another one',
    spec: { image: { type: 'image', name: 'debian' } },
    seen: running(),
    steps: [],
  },
  {
    reason: 'a disk that was freed of its image holds everything itself',
    seen: running({ disk: { format: 'qcow2', size: 2 ** 30, backing: undefined } }),
    steps: [],
  },
  {
    reason: 'the loss of the disk was accepted while QEMU still had it open',
    seen: running({ disk: undefined, diskOf: undefined }),
    steps: stopStart('restart', 'disk'),
    changes: ['image'],
  },
  {
    reason: 'nothing tells that there is a disk',
    seen: running({ diskOf: undefined }),
    steps: ['disk'],
    changes: ['disk'],
  },
  {
    reason: 'a disk grows live',
    spec: { disk: { size: 10 * 2 ** 30 } },
    seen: running(),
    steps: ['disk.grow'],
    changes: ['disk.size'],
  },
  { reason: 'a disk never shrinks', spec: { disk: { size: 2 ** 30 } }, seen: running(), steps: [] },
  {
    reason: 'whoever stops it knows another time',
    spec: { stop_timeout: 5 },
    seen: running(),
    steps: ['stop_timeout'],
    changes: ['stop_timeout'],
  },
];

describe('diff', () => {
  it.each(rows)('$reason', ({ spec, seen, deps = dependencies(), steps, changes = [] }) => {
    const found = diff({ address: 'vm.box', resource: box(spec), seen, deps });
    expect(found.map(({ id, effect }) => (effect === 'live' ? id : `${id} ${effect}`))).toEqual(steps);
    expect([...new Set(found.flatMap((step) => step.changes.map(({ path }) => path)))]).toEqual(changes);
  });

  it('takes everything away from a machine that is not declared, and says that its disk is lost', () => {
    const steps = diff({ address: 'vm.box', resource: undefined, seen: running(), deps: dependencies() });
    expect(steps.map(({ id }) => id)).toEqual(['stop', 'record', 'reservation', 'link', 'files']);
    expect(steps.at(-1)?.effect).toBe('data-loss');
    expect(diff({ address: 'vm.box', resource: undefined, seen: undefined, deps: dependencies() })).toEqual(
      [],
    );
  });

  it('takes a network away while it runs', () => {
    const { network: _, ...alone } = full;
    const resource = { ...box(), spec: alone };
    const steps = (seen: VmSeen) =>
      diff({ address: 'vm.box', resource, seen, deps: dependencies() }).map(({ id }) => id);
    expect(steps(running())).toEqual(['nic.unplug', 'link', 'reservation', 'record']);
    // It was cut off.
    expect(steps(running({ ...unconnected, link: running().link, attached: true }))).toEqual([
      'nic.unplug',
      'link',
    ]);
    expect(steps(running(unconnected))).toEqual([]);
    expect(steps(running({ runs: older }))).toEqual(['stop', 'link', 'reservation', 'record', 'start']);
  });

  it('asks nothing of a network that a machine is not on', () => {
    const { network: _, ...alone } = full;
    const steps = diff({
      address: 'vm.box',
      resource: { ...box(), spec: alone },
      seen: undefined,
      deps: dependencies(),
    });
    expect(steps.map(({ id }) => id)).toEqual(['owner', 'disk', 'start']);
  });
});
