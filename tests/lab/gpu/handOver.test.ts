import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { recordPath } from '../../../reconcilers/gpu/record.ts';
import { connectLab, type Lab } from '../connectLab.ts';
import { isSkipped } from '../globalSetup.ts';
import { programsInside } from '../machine/init.ts';
import { startLab, type StartedLab } from '../startLab.ts';
import { createLabWorld, type LabWorld } from '../world.ts';
import { type Devices, findDevices, stateOf, withTwoFunctions } from './devices.ts';
import { inRounds, mutations } from './drift.ts';

describe.skipIf(isSkipped)('devices of a real kernel are taken, kept and given back', () => {
  let started: StartedLab;
  let lab: Lab;
  let world: LabWorld;
  let at: Devices;
  /** Before Nova's first write. */
  let before: readonly string[];
  /** As declared. */
  let after: readonly string[];

  const none = 'project = "devices"\n';
  const declared = () => `${none}
[gpu.card]
address = "${at.card}"
[gpu.sound]
address = "${at.sound}"
[gpu.nic]
vendor = "8086"
device = "10d3"
[gpu.display]
address = "${at.display}"
[gpu.ssd]
address = "${at.ssd}"
sriov_vfs = 2
`;
  const stateNow = (): Promise<readonly string[]> => stateOf(lab);
  const nova = async (argv: readonly string[], env: Record<string, string> = {}) => {
    const ended = await world.nova(argv, { env });
    return { ...ended, said: ended.stdout + ended.stderr };
  };

  /** Files are mounted over meanwhile: each can be read as it was, and not be written. */
  const failing = async (faults: Readonly<Record<string, string>>, argv: readonly string[]) => {
    const mounts = Object.entries(faults).map(
      ([file, content], index) => `
        path=$(readlink -f ${file})
        echo '${content}' > /tmp/fault-${index}
        mount --bind /tmp/fault-${index} $path
        mount -o remount,bind,ro $path
        echo $path`,
    );
    const paths = (await lab.sh(mounts.join('\n'))).trim().split('\n');
    const ended = await nova(argv);
    await lab.sh(paths.map((path) => `umount ${path}`).join('\n'));
    return ended;
  };

  beforeAll(async () => {
    started = await startLab(withTwoFunctions);
    lab = connectLab(started.socket);
    at = await findDevices(lab);
    world = await createLabWorld(lab);
    // What drives its functions is not what this is about: those of an NVMe controller begin without a queue.
    await lab.sh(`echo 0 > /sys/bus/pci/devices/${at.ssd}/sriov_drivers_autoprobe`);
    before = await stateNow();
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    lab?.[Symbol.dispose]();
    await started?.[Symbol.asyncDispose]();
  });

  it('what cannot be had is refused when planning, by the devices that it is about', async () => {
    await world.write(`${none}
[gpu.card]
address = "${at.card}"
[gpu.much]
address = "${at.ssd}"
sriov_vfs = 99
[gpu.twice]
address = "${at.nic}"
[gpu.again]
vendor = "8086"
device = "10d3"
`);
    const { code, said } = await nova(['plan']);
    expect(code).toBe(1);
    expect(said).toMatch(new RegExp(`${at.card} shares its IOMMU group \\d+ with ${at.sound}`));
    expect(said).toContain(`${at.ssd} can have 4 virtual functions, and not 99`);
    expect(said).toContain(`means the device ${at.nic}, and so does gpu.`);
    expect(await stateNow()).toEqual(before);
  });

  it('a write that fails, wherever it is: the drivers are back', async () => {
    const device = (address: string, file: string): string => `/sys/bus/pci/devices/${address}/${file}`;
    const [card, single] = [[at.nic, at.second], [at.display]];
    const rounds: readonly {
      readonly faults: Readonly<Record<string, string>>;
      readonly back: readonly string[];
      readonly text?: string;
    }[] = [
      {
        faults: {
          [device(at.second, 'driver_override')]: '(null)',
          [device(at.ssd, 'sriov_numvfs')]: '0',
          [device(at.display, 'driver/unbind')]: '',
        },
        back: [...card, ...single, at.ssd],
      },
      { faults: { '/sys/bus/pci/drivers_probe': '' }, back: [...card, ...single] },
      {
        faults: {
          [device(at.second, 'driver/unbind')]: '',
          [device(at.display, 'driver_override')]: '(null)',
        },
        back: [...card, ...single],
      },
      {
        text: `${none}[gpu.ssd]\naddress = "${at.ssd}"\n`,
        faults: { [device(at.ssd, 'reset')]: '' },
        back: [...card, ...single, at.card, at.sound, at.ssd],
      },
    ];
    for (const { faults, back, text = declared() } of rounds) {
      await world.write(text);
      const { code, said } = await failing(faults, ['apply', '--yes']);
      expect(code, said).toBe(1);
      expect(said.match(/Read-only file system/g)?.length, said).toBeGreaterThanOrEqual(1);
      const of = (lines: readonly string[]) =>
        lines.filter((line) => back.some((address) => line.startsWith(address)));
      expect(of(await stateNow()), said).toEqual(of(before));
    }
  });

  it('takes both functions of a card, and splits what can be split; what it was is written down', async () => {
    await world.write(declared());
    await world.novaMust(['apply', '--yes']);
    after = await stateNow();
    for (const address of [at.card, at.sound, at.nic, at.second, at.display])
      expect(after).toContain(`${address} vfio-pci vfio-pci`);
    expect(after).toContain(`${at.ssd} nvme (null) 2`);
    const path = recordPath(world.scope, world.identity('devices', 'gpu.nic'));
    expect(JSON.parse(await world.read(path))).toEqual({
      mark: `nova:${world.scope.id}/devices/gpu.nic`,
      devices: [
        { address: at.nic, driver: 'e1000e' },
        { address: at.second, driver: 'snd_hda_intel' },
      ],
    });
    expect(await world.drift()).toEqual([]);
  });

  it('whatever a hand does to them is drift, and is mended', async () => {
    const record = (name: string): string =>
      recordPath(world.scope, world.identity('devices', `gpu.${name}`));
    const all = mutations(at, record);
    expect(all.length).toBeGreaterThanOrEqual(25);
    for (const round of inRounds(all)) {
      await lab.sh(round.map(({ script }) => script).join('\n'));
      // It tells what it does, which is what drift is.
      const { code, said } = await nova(['apply', '--yes']);
      expect(code, said).toBe(0);
      for (const { resource, what } of round)
        expect(said, what).toMatch(new RegExp(`# gpu\\.${resource} will be (changed|created|replaced)`));
      expect(await stateNow(), round.map(({ what }) => what).join('; ')).toEqual(after);
    }
    expect(await world.drift()).toEqual([]);
  });

  it('a second claimant is refused: another project', async () => {
    const file = `${world.folder}/other.toml`;
    await lab.write(file, `project = "other"\n[gpu.mine]\naddress = "${at.card}"\n`);
    const { code, said } = await nova(['plan', '-f', file]);
    expect(code).toBe(1);
    expect(said).toContain(`${at.card} is taken by gpu.card of project devices`);
  });

  it('what a program has open is not taken from it, and a write that fails on the way back is told of', async () => {
    const [group] = (await lab.sh(`basename $(readlink /sys/bus/pci/devices/${at.nic}/iommu_group)`)).split(
      '\n',
    );
    await lab.sh(`sleep 1000 < /dev/vfio/${group} > /dev/null 2>&1 & echo $! > /tmp/holder`);
    await lab.sh('until readlink /proc/$(cat /tmp/holder)/fd/0 | grep -q vfio; do sleep 0.1; done');
    const faults = { '/sys/bus/pci/drivers/bochs-drm/bind': '' };
    const { code, said } = await failing(faults, ['destroy', '--yes']);
    expect(code, said).toBe(1);
    expect(said).toMatch(new RegExp(`${at.nic} is in use by process \\d+ \\(sleep\\)`));
    expect(said).toMatch(/drivers\/bochs-drm\/bind[^]*Read-only file system/);
    const now = await stateNow();
    expect(now).toContain(`${at.nic} vfio-pci vfio-pci`);
    // What it was is not forgotten before it is back: the next test has it back.
    expect(now).toContain(`${at.display} (null)`);
    const others = (line: string): boolean =>
      ![at.nic, at.second, at.display].some((each) => line.startsWith(each));
    expect(now.filter(others)).toEqual(before.filter(others));
    await lab.sh(
      'kill $(cat /tmp/holder); while readlink /proc/$(cat /tmp/holder)/fd/0 > /dev/null; do sleep 0.1; done',
    );
  });

  it('gives everything back, also without its NovaFile and its state', async () => {
    await world.novaMust(['apply', '--yes']);
    expect(await stateNow()).toEqual(after);
    await lab.remove(world.stateDirectory);
    await world.write(none);
    await world.novaMust(['apply', '--yes']);
    expect(await stateNow()).toEqual(before);
    expect(await lab.list(`${world.scope.run}/devices`)).toBeUndefined();
  });

  it('devices are handed over and given back in bulk, each told of', async () => {
    const bind = await nova(['gpu', 'bind', '--filter', 'vendor=1234', '--yes']);
    expect(bind.code).toBe(1);
    expect(bind.stdout).toMatch(new RegExp(`^${at.display} +done +is with vfio-pci$`, 'm'));
    expect(bind.stdout).toMatch(new RegExp(`^${at.spare} +refused +the host needs ${at.spare} itself`, 'm'));
    expect(await stateNow()).toContain(`${at.display} vfio-pci vfio-pci`);
    const unbind = await nova(['gpu', 'unbind', at.display, '--yes']);
    expect(unbind.stdout).toMatch(new RegExp(`^${at.display} +done +is with bochs-drm again$`, 'm'));
    expect(await stateNow()).toEqual(before);
  });

  it('kill -9 after each row of the journal: the next run goes on, and ends as one that was let', async () => {
    await world.write(`${none}
[gpu.nic]
address = "${at.nic}"
[gpu.ssd]
address = "${at.ssd}"
sriov_vfs = 2
`);
    const others = (line: string): boolean =>
      ![at.card, at.sound, at.display].some((each) => line.startsWith(each));
    for (const [command, end] of [
      ['apply', after],
      ['destroy', before],
    ] as const) {
      let kills = 0;
      for (let ended = { code: 137, stderr: '' }; ended.code === 137; kills += 1) {
        if (kills > 20) throw new Error(`${command} does not get to its end`);
        // By turns: before anything was done, and when the first step of each has been.
        const env = { NOVA_TEST_KILL_AT: kills % 2 === 0 ? '1' : '3', NODE_COMPILE_CACHE: '/tmp/compiled' };
        ended = await lab.run(killing([command, '--yes']), { env });
        expect([0, 137], ended.stderr).toContain(ended.code);
      }
      expect(kills).toBeGreaterThan(3);
      const now = await stateNow();
      expect(now.filter(others)).toEqual(end.filter(others));
    }
    expect(await lab.list(`${world.scope.run}/devices`)).toBeUndefined();
    function killing(argv: readonly string[]): readonly string[] {
      const [node = '', , ...rest] = world.command(argv);
      return [node, `${programsInside}/tests/system/support/killingMain.js`, ...rest];
    }
  });
});
