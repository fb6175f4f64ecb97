import { spawn, spawnSync } from 'node:child_process';

/** How a command ended. */
export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface ShellOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** ms until it is killed; default two minutes */
  readonly timeout?: number;
  /** What it reads from standard input; default: nothing. */
  readonly input?: string;
}

/** Runs a command to its end; never rejects for its exit status. A signal counts as 128 and its number. */
export function run(argv: readonly string[], options: ShellOptions = {}): Promise<Result> {
  const [command = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: options.timeout ?? 120_000,
      killSignal: 'SIGKILL',
    });
    // A command that ends before it has read all is no failure.
    child.stdin.on('error', () => undefined).end(options.input ?? '');
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => (stdout += piece));
    child.stderr.setEncoding('utf8').on('data', (piece: string) => (stderr += piece));
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({ code: code ?? (signal === 'SIGKILL' ? 137 : 128), stdout, stderr }),
    );
  });
}

/** Runs a command that must work, and returns what it printed. */
export async function must(argv: readonly string[], options: ShellOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(argv, options);
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}:\n${stderr}${stdout}`);
  return stdout;
}

/** What a line of `sh` printed, in a network namespace or not; whatever runs meanwhile waits. */
export function sh(line: string, namespace?: string): string {
  const enter = namespace === undefined ? [] : ['nsenter', `--net=/run/netns/${namespace}`];
  const [command, ...args] = [...enter, 'sh', '-ec', line];
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) throw new Error(`${line} ended with ${status}: ${stderr}`);
  return stdout;
}
