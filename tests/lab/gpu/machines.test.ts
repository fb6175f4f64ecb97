import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { vmPaths } from '../../../reconcilers/vm/paths.ts';
import { guestPaths } from '../build/root.ts';
import { connectLab, type Lab } from '../connectLab.ts';
import { isSkipped } from '../globalSetup.ts';
import { programsInside, sharesInside } from '../machine/init.ts';
import { startLab, type StartedLab } from '../startLab.ts';
import { createLabWorld, type LabWorld } from '../world.ts';
import { type Devices, findDevices, stateOf, withTwoFunctions } from './devices.ts';

/**
 * What a machine tells of its devices before it goes on as it always does: what it sees; what stands in a register of the
 * network card, which is the second half of its MAC address; and a hash of what its own driver reads from the NVMe function.
 */
const probe = `#!/bin/sh
busybox mount -t proc none /proc
busybox mount -t sysfs none /sys
busybox mount -t devtmpfs none /dev
busybox --install -s /bin
look() {
  for each in /sys/bus/pci/devices/*; do echo $(cat $each/vendor):$(cat $each/device) in \${each##*.}; done
}
look | sed 's/^/sees /'
for each in /sys/bus/pci/devices/*; do
  [ $(cat $each/vendor):$(cat $each/device) = 0x8086:0x10d3 ] || continue
  echo 1 > $each/enable
  base=$(sed -n '1s/ .*//p' $each/resource)
  echo "register $(devmem $((base + 0x5400)) 32)"
done
if ls /sys/bus/pci/devices/*/class | xargs grep -q 0x010802; then
  for try in $(seq 2000); do [ -b /dev/nvme0n1 ] && break; sleep 0.1; done
  echo "reads $(dd if=/dev/nvme0n1 bs=64k count=16 2>/dev/null | sha256sum)"
fi
(
  before=$(ls /sys/bus/pci/devices)
  while sleep 1; do
    now=$(ls /sys/bus/pci/devices)
    if [ "$now" != "$before" ]; then
      look | sed 's/^/then sees /'
      echo "that is all"
    fi
    before=$now
  done
) &
exec /init
`;

describe.skipIf(isSkipped)('machines with devices of the host', () => {
  let started: StartedLab;
  let lab: Lab;
  let world: LabWorld;
  let at: Devices;
  let before: readonly string[];

  const initrd = '/tmp/guest-with-probe';
  const devices = (functions = 2) => `project = "machines"
[gpu.nic]
address = "${at.nic}"
[gpu.display]
address = "${at.display}"
[gpu.ssd]
address = "${at.ssd}"
sriov_vfs = ${functions}
`;
  const machine = (given: string, name = 'box') => `
[vm.${name}]
cpu = 1
memory = "192Mi"
accel = "kvm"
gpu_passthrough = ${given}
probe = { serial = "ready", deadline = 420 }
[vm.${name}.boot]
kernel = "${guestPaths.kernel}"
initrd = "${initrd}"
cmdline = "console=ttyS0 quiet no_timer_check tsc=reliable mitigations=off rdinit=/probe"
`;
  const part = '{ name = "ssd", vf = 0 }';
  const said = async (name = 'box'): Promise<string> =>
    (await lab.read(vmPaths(world.scope, world.identity('machines', `vm.${name}`)).log)) ?? '';
  const qemu = async (): Promise<string> => (await lab.must(['pgrep', '-x', 'qemu-system-x86'])).trim();
  const driverOf = async (address: string): Promise<string> =>
    (await lab.sh(`readlink /sys/bus/pci/devices/${address}/driver || true`)).trim().split('/').at(-1) ?? '';

  beforeAll(async () => {
    started = await startLab(withTwoFunctions);
    lab = connectLab(started.socket);
    at = await findDevices(lab);
    world = await createLabWorld(lab);
    await lab.write('/tmp/guest/probe', probe, 0o755);
    await lab.sh(`
      modprobe -a kvm_amd || modprobe -a kvm_intel
      cp ${guestPaths.initrd} ${initrd}
      cd /tmp/guest
      echo probe | cpio --quiet -o -H newc | gzip >> ${initrd}
      echo 0 > /sys/bus/pci/devices/${at.ssd}/sriov_drivers_autoprobe`);
    before = await stateOf(lab);
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
    lab?.[Symbol.dispose]();
    await started?.[Symbol.asyncDispose]();
  });

  it('one sees and uses what it is given: it reads a register, and its own driver reads by DMA', async () => {
    await world.write(devices());
    await world.novaMust(['apply', '--yes']);
    // Queues and interrupts of a function are dealt out by the controller's own means, after it is made.
    const sum = await lab.sh(`
      disk=$(ls -d /sys/bus/pci/devices/${at.ssd}/nvme/nvme*)
      disk=/dev/\${disk##*/}
      dd if=/dev/urandom of=\${disk}n1 bs=64k count=16 oflag=direct 2>/dev/null
      for resource in 0 1; do nvme virt-mgmt $disk -c 1 -r $resource -n 2 -a 8 > /dev/null; done
      nvme virt-mgmt $disk -c 1 -r 0 -n 0 -a 9 > /dev/null
      dd if=\${disk}n1 bs=64k count=16 iflag=direct 2>/dev/null | sha256sum`);
    await world.write(devices() + machine(`["nic", ${part}]`));
    const { code, stdout, stderr } = await world.nova(['apply', '--yes']);
    expect(code, `${stdout}${stderr}\n${await said()}`).toBe(0);
    const text = await said();
    // Both functions of the card are functions of one device in the machine as well.
    expect(text).toMatch(/^sees 0x8086:0x10d3 in 0\r?$/m);
    expect(text).toMatch(/^sees 0x8086:0x2668 in 1\r?$/m);
    expect(text).toMatch(/^register 0x12005452\r?$/m);
    expect(text).toContain(`reads ${sum.split(' ')[0]}`);
    expect(await driverOf(await functionOf())).toBe('vfio-pci');
    expect(await world.drift()).toEqual([]);
  });

  const functionOf = async (): Promise<string> =>
    (await lab.sh(`basename $(readlink /sys/bus/pci/devices/${at.ssd}/virtfn0)`)).trim();

  it('the number of functions does not change while one is in use: that is refused when planning', async () => {
    await world.write(devices(3) + machine(`["nic", ${part}]`));
    const { code, stdout, stderr } = await world.nova(['plan']);
    expect(code).toBe(1);
    expect(stdout + stderr).toMatch(
      new RegExp(`${await functionOf()} is in use by process \\d+ \\(qemu-system-x86\\)`),
    );
  });

  it('devices are plugged into it and taken out of it while it runs, and the plan says so', async () => {
    const pid = await qemu();
    await world.write(devices() + machine(`["display", ${part}]`));
    const { code, stdout, stderr } = await world.nova(['apply', '--yes']);
    expect(code, `${stdout}${stderr}\n${await said()}`).toBe(0);
    expect(stdout).toMatch(/# vm\.box will be changed \((?!restarts)/);
    expect(stdout).toContain(`${at.display} is plugged in while it runs`);
    expect(await qemu()).toBe(pid);
    // It looks each second, so what it tells first may be from between the one and the other.
    const lastLook = async () => (await said()).split('that is all').at(-2) ?? '';
    await expect.poll(lastLook, { timeout: 240_000 }).toMatch(/^then sees 0x1234:0x1111 in 0\r?$/m);
    await expect.poll(lastLook, { timeout: 240_000 }).not.toContain('0x8086:0x10d3');
    expect(await world.drift()).toEqual([]);
  });

  it('a write that the kernel does not come back from is left behind and told of, and holds up nothing else', async () => {
    const [pid, function0] = [await qemu(), await functionOf()];
    // It is asked to let go of the device, and does not hear it.
    await lab.sh(`kill -STOP ${pid}; echo ${at.nic} > /sys/bus/pci/drivers/vfio-pci/unbind`);
    const program = `${programsInside}/tests/lab/inside/stuckMain.js`;
    const told = await lab.must(['node', program, JSON.stringify(world.scope), function0]);
    expect(told).toContain('the kernel has not come back from writing');
    const { code, stdout, stderr } = await world.nova(['apply', '--yes']);
    expect(code).toBe(1);
    expect(stdout + stderr).toMatch(/vm\.box cannot be read: the kernel has not come back from a write to/);
    expect(stdout + stderr).toMatch(/gpu\.ssd cannot be read: the kernel has not come back from a write to/);
    expect(await driverOf(at.nic)).toBe('vfio-pci');
    await lab.sh(`kill -CONT ${pid}`);
    await expect.poll(() => driverOf(function0), { timeout: 240_000 }).toBe('');
    await world.novaMust(['apply', '--yes']);
    expect(await world.drift()).toEqual([]);
    expect(await qemu()).toBe(pid);
  });

  it('one that is stopped by hand starts again with them, and without the NovaFile all of it goes back', async () => {
    const pid = await qemu();
    // One that is dying is there for a moment.
    await lab.sh(`kill -9 ${pid}; while readlink /proc/${pid}/exe > /dev/null; do sleep 0.1; done`);
    await world.novaMust(['apply', '--yes']);
    await expect.poll(() => said(), { timeout: 240_000 }).toMatch(/^sees 0x1234:0x1111 in 0\r?$/m);
    await world.write('project = "machines"\n');
    await world.novaMust(['apply', '--yes']);
    expect(await stateOf(lab)).toEqual(before);
  });

  it('a capsule has the nodes of what the host drives, and those of nothing else', async () => {
    await world.write(`project = "machines"
[gpu.display]
address = "${at.display}"
driver = "host"
[container.app]
capsule = "./root"
command = ["sleep", "100000"]
gpus = ["display"]
stop_timeout = 1
`);
    await world.novaMust(['apply', '--yes']);
    const node = (await lab.sh(`basename $(ls -d /sys/bus/pci/devices/${at.display}/drm/card*)`)).trim();
    const look = `ls /dev/dri; exec 3< /dev/dri/${node} && echo opened`;
    expect((await world.nova(['exec', 'app', '--', 'sh', '-c', look])).stdout).toBe(`${node}\nopened\n`);
    await world.write('project = "machines"\n');
    await world.novaMust(['apply', '--yes']);
    expect(await stateOf(lab)).toEqual(before);
  });

  it('the one GPU that is suitable is handed over by the machine that asks for it, and given back', async () => {
    // One that shows the console of the host is not taken without being named.
    await lab.sh(`echo ${at.display} > /sys/bus/pci/devices/${at.display}/driver/unbind`);
    const idle = await stateOf(lab);
    await world.write(`project = "machines"\n${machine('true', 'one')}`);
    const { code, stdout, stderr } = await world.nova(['apply', '--yes']);
    expect(code, `${stdout}${stderr}\n${await said('one')}`).toBe(0);
    expect(await driverOf(at.display)).toBe('vfio-pci');
    expect(await said('one')).toMatch(/^sees 0x1234:0x1111 in 0\r?$/m);
    await world.write('project = "machines"\n');
    await world.novaMust(['apply', '--yes']);
    expect(await stateOf(lab)).toEqual(idle);
  });

  it('the main example is planned on a host with displays: exactly what is missing is told, memory too', async () => {
    const example = await world.read(`${sharesInside.checkout}/fixtures/novafiles/good/devLab.toml`);
    await lab.sh(`mkdir -p ${world.folder}/api`);
    await world.write(example);
    const { stdout } = await world.nova(['plan', '--json']);
    const { issues } = JSON.parse(stdout) as { issues: readonly { readonly message: string }[] };
    expect(issues.map(({ message }) => message).toSorted()).toEqual([
      'network.nova-net: overlays with the driver quic are not built yet',
      'there is no file /var/lib/nova/images/win11.qcow2',
      'this host has no interface enp6s0',
      // The example's machine is larger than the lab.
      expect.stringMatching(
        /^vm\.win11 locks 16384Mi of memory for its device, and \d+Mi of the host's are left/,
      ),
    ]);
  });
});
