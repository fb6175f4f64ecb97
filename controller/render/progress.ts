import type { NovaError } from '../../schema/errors.ts';
import type { RunEvents } from '../apply/runPlan.ts';
import type { PlannedResource } from '../plan/plan.ts';
import type { Style } from './style.ts';

/** Shows a run while it runs. */
export interface Progress extends RunEvents {
  readonly phase: (planned: PlannedResource, phase: string) => void;
  /** It is not worked on any more, and somebody else tells how it ended. */
  readonly left: (planned: PlannedResource) => void;
  readonly close: () => void;
}

interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** A line per resource that is being worked on, drawn anew ten times a second, on a terminal; else plain lines. */
export function createProgress(output: Output, style: Style, now: () => number): Progress {
  return output.isTTY === true ? liveProgress(output, style, now) : plainProgress(output, style, now);
}

/** Says that something is still going on so often, in ms. */
const reminder = 10_000;

function plainProgress(output: Output, style: Style, now: () => number): Progress {
  const running = new Map<string, { readonly since: number; readonly phase: string }>();
  const timer = setInterval(() => {
    for (const [address, { since, phase }] of running) {
      output.write(`${address}: still at ${phase} after ${seconds(now() - since)}\n`);
    }
  }, reminder);
  timer.unref();
  return {
    begun: ({ address }) => void running.set(address, { since: now(), phase: 'observing' }),
    phase: ({ address }, phase) =>
      void running.set(address, { since: running.get(address)?.since ?? now(), phase }),
    retrying: (planned, error) => void output.write(`${retryLine(planned, error, style)}\n`),
    settled: (planned, outcome, elapsed) => {
      running.delete(planned.address);
      output.write(`${settledLine(planned, outcome, elapsed, style)}\n`);
    },
    left: ({ address }) => void running.delete(address),
    close: () => clearInterval(timer),
  };
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

function liveProgress(output: Output, style: Style, now: () => number): Progress {
  const running = new Map<string, { readonly since: number; readonly phase: string }>();
  let drawn = 0;
  let frame = 0;
  const erase = (): string => (drawn === 0 ? '' : `\x1b[${drawn}A\x1b[J`);
  const draw = (above = ''): void => {
    const width = output.columns ?? 80;
    const room = Math.max(1, (output.rows ?? 24) - 2);
    const shown = [...running].slice(0, room);
    const lines = shown.map(([address, { since, phase }]) =>
      `${frames[frame % frames.length]} ${address}: ${phase} ${seconds(now() - since)}`.slice(0, width - 1),
    );
    if (running.size > room) lines.push(`  and ${running.size - room} more`);
    output.write(`${erase()}${above}${lines.map((line) => `${line}\n`).join('')}`);
    drawn = lines.length;
  };
  const timer = setInterval(() => {
    frame += 1;
    draw();
  }, 100);
  timer.unref();
  return {
    begun: ({ address }) => {
      running.set(address, { since: now(), phase: 'observing' });
      draw();
    },
    phase: ({ address }, phase) => {
      running.set(address, { since: running.get(address)?.since ?? now(), phase });
      draw();
    },
    retrying: (planned, error) => draw(`${retryLine(planned, error, style)}\n`),
    settled: (planned, outcome, elapsed) => {
      running.delete(planned.address);
      draw(`${settledLine(planned, outcome, elapsed, style)}\n`);
    },
    left: ({ address }) => {
      running.delete(address);
      draw();
    },
    close: () => {
      clearInterval(timer);
      draw();
    },
  };
}

type Settled = Parameters<RunEvents['settled']>[1];

function settledLine(planned: PlannedResource, outcome: Settled, elapsed: number, style: Style): string {
  const { address, action } = planned;
  const after = `after ${seconds(elapsed)}`;
  if (outcome.state === 'ready') {
    return `${style.green('✓')} ${address}: ${action === 'delete' ? 'gone' : 'ready'} ${after}`;
  }
  if (outcome.state === 'blocked')
    return `${style.yellow('-')} ${address}: not begun, as ${outcome.by} failed`;
  if (outcome.state === 'interrupted') return `${style.yellow('-')} ${address}: interrupted ${after}`;
  return `${style.red('✗')} ${address}: failed ${after}: ${outcome.error.message}`;
}

function retryLine({ address }: PlannedResource, error: NovaError, style: Style): string {
  return `${style.yellow('!')} ${address}: ${error.message}; trying again`;
}

/** `0.4s`, `75s` */
function seconds(ms: number): string {
  return ms < 9_950 ? `${(ms / 1000).toFixed(1)}s` : `${Math.round(ms / 1000)}s`;
}
