import type { Scope } from '../identity.ts';
import { commandError } from './commandError.ts';
import type { Recorder } from './commandRecord.ts';
import { startDaemon, startForeground } from './detached.ts';
import { fileError, isAbsence } from './fileErrors.ts';
import type { Processes } from './host.ts';
import { requireTool } from './tools.ts';
import { readProcess } from './viewProcesses.ts';
import { workWrapper } from './workCgroup.ts';

export function createProcesses(scope: Scope, recorder: Recorder): Processes {
  return {
    daemon: async ({ argv, cgroup, inNamespace }) => {
      const command = commandIn(argv, cgroup, inNamespace ? scope.namespace : undefined);
      recorder({ effect: 'change', argv, at: Date.now() });
      const said = await startDaemon(command, scope.run);
      if (said.code !== 0) throw commandError(argv, said);
    },
    start: async ({ argv, cgroup, inNamespace, up }) => {
      const command = commandIn(argv, cgroup, inNamespace ? scope.namespace : undefined);
      recorder({ effect: 'change', argv, at: Date.now() });
      const said = await startForeground(command, scope.run, up);
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

function commandIn(
  [tool = '', ...rest]: readonly string[],
  cgroup: string,
  namespace: string | undefined,
): readonly [string, ...string[]] {
  const enter =
    namespace === undefined ? [] : [requireTool('nsenter'), `--net=/run/netns/${namespace}`, '--'];
  return [...workWrapper(cgroup), ...enter, requireTool(tool), ...rest];
}
