import type { Scope } from '../identity.ts';
import { commandError } from './commandError.ts';
import type { CommandRunner } from './commandRunner.ts';
import { startForeground } from './detached.ts';
import { fileError, isAbsence } from './fileErrors.ts';
import type { Processes } from './host.ts';
import { inNamespace } from './inNamespace.ts';
import { withMacvtap } from './openMacvtap.ts';
import { requireTool } from './tools.ts';
import { readProcess } from './viewProcesses.ts';
import { workWrapper } from './workCgroup.ts';

export function createProcesses(scope: Scope, runner: CommandRunner): Processes {
  return {
    daemon: async ({ argv, cgroup, inNamespace: own }) => {
      const namespace = own ? scope.namespace : undefined;
      const said = await runner.daemon({ argv, cgroup, namespace });
      if (said.code !== 0) throw commandError(argv, said);
    },
    start: async ({ argv, cgroup, inNamespace: own, macvtap, up }) => {
      const [tool = '', ...rest] = argv;
      const whole: readonly [string, ...string[]] =
        macvtap === undefined ? [tool, ...rest] : withMacvtap(macvtap, [requireTool(tool), ...rest]);
      const entered = inNamespace(whole, own ? scope.namespace : undefined);
      runner.recorder({ effect: 'change', argv, at: Date.now() });
      const said = await startForeground([...workWrapper(cgroup), ...entered], scope.run, up);
      if (said !== undefined) throw commandError(argv, said);
    },
    signal: async ({ pid, startTime }, signal) => {
      if (readProcess(pid)?.startTime !== startTime) return;
      try {
        process.kill(pid, signal);
      } catch (error) {
        if (isAbsence(error)) return;
        throw fileError(`cannot send ${signal} to process ${pid}`, error);
      }
    },
  };
}
