import { toNovaError } from '../../schema/errors.ts';
import type { Files } from '../../schema/files.ts';
import type { StateStore } from '../../stateStore/stateStore.ts';
import { issueJson, issueOf, issuesText } from '../render/issues.ts';
import { type Command, type Options, readArguments } from './args.ts';
import { reportFormat } from './formats.ts';
import { exitCodes } from './exitCodes.ts';
import { type Io, terminalIo, writeJson } from './io.ts';

/** What every command gets. */
export interface Invocation {
  readonly options: Options;
  readonly io: Io;
  /** As it was typed, for whoever is told who holds the lock. */
  readonly commandLine: string;
  readonly openStore?: (options: { readonly directory: string }) => StateStore;
  /** Where the NovaFile is read from, where that is not this machine as it is. */
  readonly files?: Files;
}

type Run = (invocation: Invocation) => Promise<number>;

/** Each command is loaded when it is asked for: `plan` pays nothing for what only `apply` needs. */
const load: Record<Command, () => Promise<Run>> = {
  validate: async () => (await import('./commands/validate.ts')).validate,
  plan: async () => (await import('./commands/plan.ts')).plan,
  apply: async () => (await import('./commands/apply.ts')).apply,
  destroy: async () => (await import('./commands/apply.ts')).destroy,
  drift: async () => (await import('./commands/drift.ts')).drift,
  ls: async () => (await import('./commands/ls.ts')).ls,
  logs: async () => (await import('./commands/logs.ts')).logs,
  exec: async () => (await import('./commands/exec.ts')).exec,
  console: async () => (await import('./commands/console.ts')).openConsole,
  run: async () => (await import('./commands/apply.ts')).run,
  stop: async () => (await import('./commands/stop.ts')).stop,
  start: async () => (await import('./commands/start.ts')).start,
  restart: async () => (await import('./commands/start.ts')).restart,
  history: async () => (await import('./commands/history.ts')).history,
  rollback: async () => (await import('./commands/rollback.ts')).rollback,
  import: async () => (await import('./commands/import.ts')).importFound,
  secret: async () => (await import('./commands/secret.ts')).secret,
  fmt: async () => (await import('./commands/fmt.ts')).fmt,
  render: async () => (await import('./commands/render.ts')).render,
  graph: async () => (await import('./commands/graph.ts')).graph,
  schema: async () => (await import('./commands/schema.ts')).schema,
  token: async () => (await import('./commands/token.ts')).token,
  completion: async () => (await import('./commands/completion.ts')).completion,
  controller: async () => (await import('./commands/controller.ts')).controller,
  status: async () => (await import('./commands/status.ts')).status,
  events: async () => (await import('./commands/status.ts')).events,
  approve: async () => (await import('./commands/control.ts')).tell,
  suspend: async () => (await import('./commands/control.ts')).tell,
  resume: async () => (await import('./commands/control.ts')).tell,
  reconcile: async () => (await import('./commands/control.ts')).tell,
  hook: async () => (await import('./commands/control.ts')).hook,
  'install-service': async () => (await import('./commands/installService.ts')).installService,
  watch: async () => (await import('./commands/controller.ts')).watch,
  forget: async () => (await import('./commands/forget.ts')).forget,
  gpu: async () => (await import('./commands/gpu.ts')).gpu,
  net: async () => (await import('./commands/net.ts')).net,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
};

/**
 * Runs one command line and resolves to its exit code.
 * @param argv without the program's own name
 */
export async function main(
  argv: readonly string[],
  hooks: Pick<Invocation, 'openStore'> = {},
): Promise<number> {
  const io = terminalIo();
  try {
    const options = readArguments(argv, process.env);
    if (options === 'help') {
      io.out.write((await import('./help.ts')).help);
      return exitCodes.done;
    }
    if (options === 'version') {
      io.out.write(`nova ${await (await import('./version.ts')).version()}\n`);
      return exitCodes.done;
    }
    const run = await load[options.command]();
    return await run({ options, io, commandLine: ['nova', ...argv].join(' '), ...hooks });
  } catch (thrown) {
    return await failed(thrown, argv, io);
  }
}

/** The format is looked for in the words themselves: it may be them that are wrong. */
async function failed(thrown: unknown, argv: readonly string[], io: Io): Promise<number> {
  const error = toNovaError(thrown);
  const named = argv.find((word) => word.startsWith('--format='))?.slice('--format='.length);
  const format = named ?? (argv.includes('--format') ? argv[argv.indexOf('--format') + 1] : undefined);
  const report = reportFormat(format);
  if (report !== undefined) {
    const { writeReport } = await import('./report.ts');
    await writeReport(io, report, { issues: [issueOf(error)], warnings: [] });
  } else if (argv.includes('--json') || format === 'json')
    writeJson(io, { format_version: '1.0', issues: [issueJson(issueOf(error))] });
  else io.err.write(issuesText([issueOf(error)], new Map(), io.errStyle));
  if (error.code === 'internal') {
    const { errorReport } = await import('../secrets/errorReport.ts');
    io.err.write(errorReport(thrown));
  }
  return error.code === 'interrupted' ? exitCodes.interrupted : exitCodes.error;
}
