import { NovaError } from '../../schema/errors.ts';
import { workWrapper } from './workCgroup.ts';
import { commandError } from './commandError.ts';
import { recordToFile, type Recorder } from './commandRecord.ts';
import { inNamespace } from './inNamespace.ts';
import { type ProcessEnd, runProcess } from './runProcess.ts';
import { createWorkers } from './workers.ts';

export interface Command {
  readonly argv: readonly string[];
  /** Whether it only looks, or may change the host. What changes the host runs in `cgroup`. */
  readonly effect: 'read' | 'change';
  /** Given to a change on its standard input. */
  readonly input?: string;
  /** ms; default 30,000 */
  readonly timeout?: number;
  /** ms between SIGTERM and SIGKILL; default: 5,000 for a change, so that it can leave things whole, else 0 */
  readonly grace?: number;
  readonly signal?: AbortSignal;
  /** A named network namespace to run it in; default: Nova's own. */
  readonly namespace?: string | undefined;
  /** Cgroup of the unified hierarchy to run it in, instead of the runner's. */
  readonly cgroup?: string;
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The only place that runs commands to their end. */
export interface CommandRunner {
  /** Its standard output. Rejects with `host.command` and its own words when it exits with another status than 0. */
  run(command: Command): Promise<string>;
  /** As `run`, but any exit status is an answer. Rejects with `capability.missing`, `host.timeout` or `interrupted`. */
  finish(command: Command): Promise<Finished>;
  /** Waits until the first process of what puts itself into the background has ended; the rest is in a cgroup of its own. */
  daemon(command: Pick<Command, 'argv' | 'namespace'> & { readonly cgroup: string }): Promise<Finished>;
  readonly recorder: Recorder;
}

/**
 * @param workCgroup where commands that change the host run; undefined where nothing is to be changed
 * @param workFolder for those that start what changes by a shell that stays, as there will be much
 */
export function createCommandRunner(
  workCgroup: string | undefined,
  recorder: Recorder = recordToFile,
  workFolder?: string,
): CommandRunner {
  const workers =
    workCgroup === undefined || workFolder === undefined ? undefined : createWorkers(workCgroup, workFolder);
  const start = (command: Command) => {
    const entered = enteredArgv(command);
    const fits = workers !== undefined && command.effect === 'change' && command.cgroup === undefined;
    if (fits && !entered.some((word) => word.includes('\n'))) return { run: workers.run, argv: entered };
    return { run: runProcess, argv: fullArgv(command, entered, workCgroup) };
  };
  const finish = async (command: Command): Promise<Finished> => {
    const { run, argv } = start(command);
    recorder({ effect: command.effect, argv: command.argv, at: Date.now() });
    const timeout = command.timeout ?? usualTimeout;
    const grace = command.grace ?? (command.effect === 'read' ? 0 : usualGrace);
    const ended = await run(argv, { input: command.input, timeout, grace, signal: command.signal });
    if (command.signal?.aborted === true && ended.code !== 0) {
      throw new NovaError('interrupted', `${command.argv[0] ?? ''} was interrupted`, {
        hint: 'run the same command again',
      });
    }
    return inTime(command, timeout, ended);
  };
  const daemon: CommandRunner['daemon'] = async ({ argv, namespace, cgroup }) => {
    const entered = enteredArgv({ argv, namespace });
    if (workers === undefined || entered.some((word) => word.includes('\n')))
      throw new NovaError('internal', `${argv[0]} cannot be started here`);
    recorder({ effect: 'change', argv, at: Date.now() });
    const ended = await workers.daemon(entered, { timeout: usualTimeout, grace: usualGrace, cgroup });
    return inTime({ argv }, usualTimeout, ended);
  };
  return {
    recorder,
    finish,
    daemon,
    run: async (command) => {
      const ended = await finish(command);
      if (ended.code !== 0) throw commandError(command.argv, ended);
      return ended.stdout;
    },
  };
}

type Argv = [string, ...string[]];

/** ms */
const usualTimeout = 30_000;
const usualGrace = 5_000;

function inTime({ argv }: Pick<Command, 'argv'>, timeout: number, ended: ProcessEnd): Finished {
  if (!ended.timedOut) return ended;
  throw new NovaError('host.timeout', `${argv[0] ?? ''} did not finish within ${timeout / 1000} s`, {
    hint: 'see whether the machine is overloaded, then run the same command again',
  });
}

function enteredArgv({ argv: [tool = '', ...rest], namespace }: Pick<Command, 'argv' | 'namespace'>): Argv {
  return inNamespace([tool, ...rest], namespace);
}

function fullArgv(command: Command, entered: Argv, workCgroup: string | undefined): Argv {
  const cgroup = command.cgroup ?? (command.effect === 'change' ? workCgroup : undefined);
  if (cgroup !== undefined) return [...workWrapper(cgroup), ...entered];
  if (command.effect === 'change')
    throw new NovaError('internal', `${command.argv[0]} would change the host from a reading command`);
  return entered;
}
