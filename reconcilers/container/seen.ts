import type { Address } from '../../schema/manifest.ts';
import type { Sensitive } from '../../schema/sensitive.ts';
import type { CgroupLimits, CgroupSeen } from '../host/view.ts';
import type { RulesSeen } from '../network/rules/ruleset.ts';
import type { Place as ResourcePlace } from '../place.ts';
import type { Given } from './given.ts';
import type { MacvlanSeen } from './macvlan.ts';
import type { NicSeen } from './nicsSeen.ts';
import type { Image } from './readImage.ts';
import type { RestartFile } from './restartFile.ts';

/** Which capsule on which host; needed to know what it should look like. */
export interface Place extends ResourcePlace {
  /** Of the machine, as Go names it: `amd64`. */
  readonly architecture: string;
}

/**
 * `created`: the runtime has made it, but not started. `restarting`: it has ended, and the restart program is about to
 * start it again. `gone`: no process, and no word of how it ended.
 */
export type Phase = 'running' | 'frozen' | 'signalled' | 'created' | 'restarting' | 'exited' | 'gone';

/** What is on the host of one capsule. */
export interface ContainerSeen extends Place {
  /** What the declared capsule is; undefined when it is not declared, or has a problem. */
  readonly image: Image | undefined;
  /** Of a declared image: what it was when the container was made. */
  readonly before: Image | undefined;
  /** What some of it is still called. */
  readonly was?: Address | undefined;
  /** Something of its last run is left: what removes it begins anew. */
  readonly leftover?: boolean;
  /** Nova has given it up. */
  readonly forgotten?: boolean;
  /** Its network namespace has its name. */
  readonly named: boolean;
  readonly phase: Phase;
  /** The process that everything in the capsule descends from. */
  readonly process: { readonly pid: number; readonly startTime: number } | undefined;
  /** That process lives in the named network namespace. */
  readonly attached: boolean;
  /** Exit status of the last run. */
  readonly exit: number | undefined;
  /** Last lines of its output, read only when it ended badly. */
  readonly log: readonly string[];
  readonly conmon: boolean;
  /** conmon is there, and was stopped by a signal: it notices nothing. */
  readonly unwatched: boolean;
  /** Processes of any kind are left in its cgroup. */
  readonly busy: boolean;
  readonly link:
    | {
        readonly up: boolean;
        readonly master: string | undefined;
        readonly mtu: number;
        readonly hairpin: boolean;
      }
    | undefined;
  /** Of one that shares a link of the host, in place of `link`. */
  readonly macvlan?: MacvlanSeen;
  /** Its further links; undefined: there are none. */
  readonly nics?: readonly NicSeen[];
  /** Undefined when no process is there to look through. */
  readonly inside: Inside | undefined;
  readonly records: readonly { readonly path: string; readonly text: string }[];
  readonly given: Given | undefined;
  readonly given6?: Given | undefined;
  readonly rules: RulesSeen;
  /** What is mounted as its root. */
  readonly root: { readonly lower: string; readonly upper: string } | undefined;
  /** The lower layer that the upper layer was made on. */
  readonly upperOf: string | undefined;
  /** Sensitive where it holds values of secrets. */
  readonly config: string | Sensitive | undefined;
  /** What the restart program has been told; undefined: it does nothing. */
  readonly restart: Pick<RestartFile, 'policy' | 'stopTimeout'> | undefined;
  /** In force; undefined when it does not run. */
  readonly limits: (CgroupLimits & Pick<CgroupSeen, 'io'>) | undefined;
}

export interface Inside {
  readonly linked: boolean;
  readonly addresses: readonly string[];
  readonly addresses6: readonly string[];
  readonly prefixes: Readonly<Record<string, number>>;
  readonly gateway: string | undefined;
  readonly gateway6: string | undefined;
  /** Targets of mounts whose source has been deleted. */
  readonly deleted: readonly string[];
}
