import { spawn } from 'node:child_process';

/** Tells the service manager how it stands (sd_notify(3)); nothing, where there is none. */
export interface Notifier extends Disposable {
  ready(status: string): Promise<void>;
  reloading(): Promise<void>;
  stopping(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The notifier of this process, and its watchdog where the service manager has one. Node has no datagrams on unix sockets,
 * so systemd-notify sends them: it comes with whoever listens, and as root it speaks in the name of its parent, which is
 * us (systemd-notify(1)).
 * @param alive whether work goes on: the watchdog is told only then
 */
export function createNotifier(env: Environment, pid: number, alive: () => boolean = () => true): Notifier {
  if ((env['NOTIFY_SOCKET'] ?? '') === '') return silent;
  const every = watchdogOf(env, pid);
  const timer =
    every === undefined
      ? undefined
      : setInterval(() => {
          if (alive()) void tell('WATCHDOG=1');
        }, every);
  timer?.unref();
  return {
    ready: (status) => tell('READY=1', `STATUS=${status}`),
    // Only systemd's own clock is asked for, and Node tells the same one (hrtime is CLOCK_MONOTONIC).
    reloading: () => tell('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`),
    stopping: () => tell('STOPPING=1', 'STATUS=finishing the steps in hand'),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

/** Half of what the manager waits, in ms, as sd_watchdog_enabled(3) advises; undefined when it does not, or for another process. */
function watchdogOf(env: Environment, pid: number): number | undefined {
  const { WATCHDOG_USEC: usec, WATCHDOG_PID: of } = env;
  if (usec === undefined || !/^[1-9]\d{0,15}$/.test(usec)) return undefined;
  if (of !== undefined && of !== String(pid)) return undefined;
  return Number(usec) / 2000;
}

/** One datagram. That it cannot be sent stops nothing: the manager finds out by itself. */
function tell(...lines: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn('systemd-notify', ['--no-block', ...lines], { stdio: 'ignore' });
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
}

const nothing = async (): Promise<void> => undefined;
const silent: Notifier = {
  ready: nothing,
  reloading: nothing,
  stopping: nothing,
  [Symbol.dispose]: () => undefined,
};
