import type { Request } from '../inside/protocol.ts';
import type { Topology } from '../machine/topology.ts';

/** What can be asked of the keeper of a lab: everything that its agent does, and what is done from outside. */
export type KeeperRequest =
  | Request
  | { readonly do: 'qmp'; readonly command: string; readonly parameters: object }
  /** Resolves when an event of that name has come whose data has these values. */
  | { readonly do: 'event'; readonly name: string; readonly data: object; readonly timeout: number }
  | { readonly do: 'console' }
  /** Writes the console where it stays; the result is the file. */
  | { readonly do: 'keepConsole' };

/** What a keeper is started with. */
export interface KeeperOptions {
  /** Folder of the cache, with the root. */
  readonly root: string;
  readonly topology: Topology;
  /** ms until the agent must have answered */
  readonly patience: number;
}

/** The one line that a keeper prints. */
export type KeeperWord =
  | { readonly socket: string; readonly milliseconds: number }
  | { readonly error: string };
