import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';

import { memberFile, networkPaths } from '../../../reconcilers/network/paths.ts';
import { nicName } from '../../../reconcilers/vm/nic.ts';
import { until } from '../support/controller.ts';
import type { Lab } from './lab.ts';

/** One way in which a person changes a machine behind Nova's back. */
export interface Hand {
  readonly what: string;
  readonly by: () => Promise<unknown>;
  /** What it prints on its console meanwhile. */
  readonly says?: string;
  readonly reported: { readonly class: string; readonly path?: string };
  /** Why the machine has to be started again, where it has. */
  readonly restarts?: string;
}

export function handsOn(lab: () => Lab): readonly Hand[] {
  const lan = () => networkPaths(lab().world.scope, lab().world.identity('demo', 'network.lan'));
  const box = () => lab().world.identity('demo', 'vm.box');

  return [
    {
      what: 'QEMU is killed',
      by: async () => process.kill(await lab().pid(), 'SIGKILL'),
      reported: { class: 'stopped', path: 'state' },
      restarts: 'it is gone',
    },
    {
      what: 'QEMU is stopped by a signal',
      by: async () => process.kill(await lab().pid(), 'SIGSTOP'),
      reported: { class: 'stopped', path: 'state' },
    },
    {
      what: 'the machine is paused',
      by: () => lab().qmp('stop'),
      reported: { class: 'stopped', path: 'state' },
    },
    {
      what: 'the power button is pressed',
      by: async () => {
        const pid = await lab().pid();
        await lab().qmp('system_powerdown');
        await until('it has ended', async () => !(await lab().pids()).includes(pid));
      },
      says: 'bye',
      reported: { class: 'stopped', path: 'state' },
      restarts: 'it has ended',
    },
    {
      what: 'the TAP is taken off the bridge',
      by: () => lab().world.inside(['ip', 'link', 'set', lab().tap, 'nomaster']),
      reported: { class: 'changed', path: 'network' },
    },
    {
      what: 'the TAP is down',
      by: () => lab().world.inside(['ip', 'link', 'set', lab().tap, 'down']),
      reported: { class: 'changed', path: 'network' },
    },
    {
      what: 'the TAP is deleted',
      by: () => lab().world.inside(['ip', 'link', 'delete', lab().tap]),
      reported: { class: 'changed', path: 'network' },
    },
    {
      what: 'the TAP is made anew, with its mark',
      by: async () => {
        const mark = `nova:${lab().world.scope.id}/demo/vm.box`;
        await lab().world.inside(['ip', 'link', 'delete', lab().tap]);
        await lab().world.inside(['ip', 'tuntap', 'add', lab().tap, 'mode', 'tap']);
        await lab().world.inside(['ip', 'link', 'set', lab().tap, 'alias', mark]);
        await lab().world.inside(['ip', 'link', 'set', lab().tap, 'master', 'lan', 'up']);
      },
      reported: { class: 'changed', path: 'network' },
    },
    {
      what: 'its network card is pulled',
      by: async () => {
        await lab().qmp('device_del', { id: nicName });
        await until('it is out', async () => (await lab().peripherals())?.includes(nicName) === false);
      },
      reported: { class: 'changed', path: 'network' },
    },
    {
      what: 'QEMU is moved to another control group',
      by: async () => {
        const unified = existsSync('/sys/fs/cgroup/unified') ? '/sys/fs/cgroup/unified' : '/sys/fs/cgroup';
        await writeFile(`${unified}/cgroup.procs`, String(await lab().pid()));
      },
      reported: { class: 'changed', path: 'cgroup' },
    },
    {
      what: 'its reserved address is deleted',
      by: () => rm(memberFile(lan().dhcpHosts, box())),
      reported: { class: 'changed', path: 'ip' },
    },
    {
      what: 'its DNS record is edited',
      by: () => writeFile(memberFile(lan().hosts, box()), '192.168.77.77 box\n'),
      reported: { class: 'changed', path: 'dns' },
    },
  ];
}
