import { formatLocation, type Location } from './location.ts';
import { wordsOf } from './unforeseen.ts';

/**
 * What a run does next about an error: try again with backoff, wait for something else to change, or leave it to a
 * person.
 */
export type Disposition = 'retry' | 'wait' | 'terminal';

/** Every error code with its disposition. The README's table is tested against this one. */
export const dispositions = {
  'file.unreadable': 'terminal',
  'toml.syntax': 'terminal',
  'schema.missing': 'terminal',
  'schema.type': 'terminal',
  'schema.unknown-key': 'terminal',
  'schema.value': 'terminal',
  'schema.name': 'terminal',
  'schema.duplicate': 'terminal',
  'include.missing': 'terminal',
  'include.cycle': 'terminal',
  'variable.missing': 'terminal',
  'profile.missing': 'terminal',
  'reference.missing': 'terminal',
  'reference.cycle': 'terminal',
  'reference.output': 'terminal',
  'moved.conflict': 'terminal',
  'network.address': 'terminal',
  'network.overlap': 'terminal',
  'network.full': 'terminal',
  'network.interface': 'terminal',
  'port.conflict': 'terminal',
  'gpu.conflict': 'terminal',
  'gpu.missing': 'terminal',
  'gpu.unsuitable': 'terminal',
  'gpu.iommu': 'terminal',
  'gpu.group': 'terminal',
  'gpu.needed': 'terminal',
  'gpu.memory': 'terminal',
  'gpu.busy': 'wait',
  'gpu.driver': 'retry',
  'gpu.stuck': 'wait',
  'disk.conflict': 'terminal',
  'interface.conflict': 'terminal',
  'not-built': 'terminal',
  'capability.missing': 'terminal',
  'capsule.missing': 'terminal',
  'capsule.invalid': 'terminal',
  'capsule.start': 'retry',
  'capsule.exited': 'retry',
  'capsule.unhealthy': 'retry',
  'network.dnsmasq': 'retry',
  'network.cut-off': 'terminal',
  'vm.source': 'terminal',
  'vm.disk-size': 'terminal',
  'vm.disk-missing': 'terminal',
  'vm.exited': 'retry',
  'vm.unready': 'retry',
  'vm.busy': 'wait',
  'volume.source': 'terminal',
  'image.missing': 'terminal',
  'image.invalid': 'terminal',
  'image.pull': 'retry',
  'image.used': 'wait',
  'secret.missing': 'terminal',
  'secret.identity': 'terminal',
  'secret.damaged': 'terminal',
  'secret.key': 'terminal',
  'host.foreign': 'terminal',
  'host.unknown': 'wait',
  'host.command': 'retry',
  'host.timeout': 'retry',
  'host.file': 'retry',
  'host.permission': 'terminal',
  'host.full': 'terminal',
  'host.capacity': 'terminal',
  'lifecycle.prevented': 'terminal',
  'plan.stale': 'terminal',
  'plan.declined': 'terminal',
  'plan.damaged': 'terminal',
  'project.claimed': 'terminal',
  'source.unreachable': 'retry',
  'source.denied': 'retry',
  'source.missing': 'wait',
  'source.too-large': 'terminal',
  'source.unsupported': 'terminal',
  'source.untrusted': 'terminal',
  'source.rewound': 'terminal',
  'approval.needed': 'terminal',
  'generation.quarantined': 'terminal',
  'state.locked': 'wait',
  'state.newer': 'terminal',
  'state.damaged': 'terminal',
  'state.unwritable': 'terminal',
  'resource.held': 'wait',
  'resource.unready': 'retry',
  usage: 'terminal',
  interrupted: 'terminal',
  internal: 'terminal',
} as const satisfies Record<string, Disposition>;

export type ErrorCode = keyof typeof dispositions;

/** One thing that is wrong, as it is shown to a person: where, why, and what to do next. */
export interface Issue {
  readonly code: ErrorCode;
  readonly message: string;
  /** The next thing to do. */
  readonly hint?: string;
  readonly at?: Location;
  /** Where what is wrong ends, on this line or a later one; the column is the first that does not belong to it. */
  readonly until?: End;
  /** What stands there may be the value of a secret: it is not shown. */
  readonly veiled?: true;
  /** Other places that it is about. */
  readonly related?: readonly Related[];
  /** What of a resource it is about, where its place in the text is yet to be looked for (see `pointing.ts`). */
  readonly about?: Subject;
}

/** A key of a resource's table, or a value within it. */
export interface Subject {
  /** An address, as `vm.db`. */
  readonly resource: string;
  /** Keys and indices from the top of the table: `['ports', 0]`. */
  readonly path: readonly (string | number)[];
  /** Default: the value. */
  readonly on?: 'value' | 'key';
}

export interface End {
  readonly line: number;
  readonly column: number;
}

/** A second place of an issue, as that where a variable has its value. Without a place, it is in no file. */
export interface Related {
  readonly message: string;
  readonly at?: Location;
  readonly until?: End;
  /** The issue's message names the place already. */
  readonly named?: boolean;
}

/** The one error class: an {@link Issue} that can be thrown. */
export class NovaError extends Error {
  readonly code: ErrorCode;
  readonly at: Location | undefined;
  readonly hint: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { at?: Location | undefined; hint?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'NovaError';
    this.code = code;
    this.at = options.at;
    this.hint = options.hint;
  }

  get disposition(): Disposition {
    return dispositions[this.code];
  }
}

/** `lab.toml:12:7: mtu must be at least 576`; without a place, the message alone. */
export function formatIssue(issue: Pick<Issue, 'message'> & { readonly at?: Location | undefined }): string {
  return issue.at === undefined ? issue.message : `${formatLocation(issue.at)}: ${issue.message}`;
}

/**
 * What was thrown, as a NovaError; anything unforeseen becomes `internal`, keeping its cause. What that says is repeated only where
 * it cannot hold a value of a secret.
 */
export function toNovaError(thrown: unknown): NovaError {
  if (thrown instanceof NovaError) return thrown;
  return new NovaError('internal', wordsOf(thrown), { cause: thrown });
}
