import type { Scope } from '../../../reconcilers/identity.ts';
import type { Whose } from '../../system/support/hostState.ts';
import type { NovaLine } from './resident.ts';

/** What can be asked of the agent inside a lab, one line of JSON each, with an `id` that its answer bears. */
export type Request =
  | RunRequest
  | NovaRequest
  | { readonly do: 'read' | 'list' | 'remove'; readonly path: string }
  | { readonly do: 'write'; readonly path: string; readonly text: string; readonly mode?: number }
  /** The Nova of that name need not stay for another command line. */
  | { readonly do: 'leave'; readonly as: string }
  /** Ends the processes of an earlier request. */
  | { readonly do: 'cancel'; readonly of: string }
  /** What Nova has left, as lines of text. */
  | { readonly do: 'state'; readonly of: Whose }
  /** Takes away whatever a scope has. */
  | { readonly do: 'gone'; readonly scope: Scope };

export interface RunRequest {
  readonly do: 'run';
  readonly argv: readonly string[];
  readonly input?: string;
  readonly cwd?: string;
  /** Beside the agent's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** ms until it and what it has started are killed */
  readonly timeout: number;
}

/** Runs a command line of Nova's in a process that stays for the next one. */
export interface NovaRequest extends NovaLine {
  readonly do: 'nova';
  /** Which of them. */
  readonly as: string;
  /** ms until it and what it has started are killed */
  readonly timeout: number;
}

/** Undefined results are left out by JSON: `null` is what is not there. */
export interface Answer {
  readonly id: string;
  readonly result?: unknown;
  readonly error?: string;
}

/** How a command ended; killed for its time, with 137. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
