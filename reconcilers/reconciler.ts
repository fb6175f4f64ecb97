import type { ErrorCode, Issue, Subject } from '../schema/errors.ts';
import type { Address, Kind, Resource, SpecByKind } from '../schema/manifest.ts';
import type { GpuParts } from './gpu/parts.ts';
import type { Host, HostView } from './host/host.ts';
import type { Mark } from './identity.ts';
import type { Unbuilt } from './unbuilt.ts';

/** What a step does to whoever is using the resource. */
export type Effect = 'live' | 'restart' | 'replace' | 'data-loss';

/** How the host differs from the NovaFile. */
export type DriftClass = 'missing' | 'changed' | 'stopped' | 'unmanaged' | 'unknown';

/** One field in the NovaFile's own words. `undefined` before: it was not there; after: it goes. */
export interface FieldChange {
  /** As `mtu`, `limits.memory`, `env.API_KEY`; for parts that a NovaFile does not name, a plain word as `dnsmasq`. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** One idempotent act on the host: applied twice, it equals applied once. Plain data. */
export interface Step {
  /** What it does, unique within one resource's steps and stable between runs: `bridge`, `dnsmasq.start`. */
  readonly id: string;
  readonly effect: Effect;
  /** Why, for a person: `mtu is 1400`. */
  readonly reason: string;
  readonly class: DriftClass;
  readonly changes: readonly FieldChange[];
}

/**
 * What was found. Unknown is never treated as absent, and what is foreign is never touched. `problems` are reasons why
 * what is declared cannot be made of what is there (a missing image, say); a resource with one is left alone. `seen` of
 * what is absent tells what it would be, where that can be read elsewhere.
 */
export type Observation<Seen> = (
  | { readonly status: 'present'; readonly seen: Seen }
  | { readonly status: 'absent'; readonly seen?: Seen }
  | { readonly status: 'unknown'; readonly why: string }
  | { readonly status: 'foreign'; readonly why: string; readonly adoptable?: Seen }
) & { readonly problems?: readonly Obstacle[] };

/** A reason why something cannot be made. */
export interface Obstacle extends Issue {
  /** What of the resource's table it is about; that this key is not built yet either need not be said. */
  readonly path?: Subject['path'];
  /** It is one only as long as this output of another resource is what it was when it was found. */
  readonly while?: { readonly address: Address; readonly output: string; readonly value: string };
}

/** What is declared, what is owned but not declared any more, and what a foreigner put inside an object of ours. */
export interface Observations<Seen> {
  readonly wanted: ReadonlyMap<Address, Observation<Seen>>;
  readonly strays: ReadonlyMap<Address, Seen>;
  readonly intruders: readonly Intruder[];
}

export interface Intruder {
  /** The resource of ours that it is in. */
  readonly address: Address;
  /** What it is, for a person: `link veth9 on bridge lan`. */
  readonly what: string;
}

/** What a resource tells those that depend on it, as `${container.db.ip}`. A missing value is known after apply. */
export type Outputs = Readonly<Record<string, string | number>>;

/** What a diff may know about the rest of the project. */
export interface Dependencies {
  /** Spec of a declared resource. */
  spec<K extends Kind>(kind: K, name: string): SpecByKind[K] | undefined;
  /** Outputs of any resource as far as they are known now. */
  outputs(address: Address): Outputs | undefined;
  /**
   * The IPv4 address that this container or machine has on a network; undefined when it has none there.
   * @param network its name; default: the one that is its `network`
   */
  ip(address: Address, network?: string): string | undefined;
  /** The same of IPv6. */
  ip6?(address: Address, network?: string): string | undefined;
  /** What the bridge of a declared network was called when the host was looked at, and what it is called now. */
  bridges?(network: string): readonly string[];
  /** The networks that are declared. */
  networks?(): readonly Resource<'network'>[];
  /** The containers and machines that are declared to be on a network, by whichever of their keys. */
  members?(network: string): readonly (Resource<'container'> | Resource<'vm'>)[];
  /** What of a declared PCI device others may be given; undefined while that is not known. */
  gpu?(name: string): GpuParts | undefined;
}

export interface Readiness {
  readonly ready: boolean;
  /** Why not yet; for a person. */
  readonly why?: string;
  /** The error that it is when it stays so; default `resource.unready`. */
  readonly code?: ErrorCode;
}

/** A tool or an ability of the machine, by the name under which `host.capability` knows it. */
export type Capability = string;

/** What is planned for one resource, as `converge` gets it. */
export interface Work<K extends Kind, Seen, S extends Step> {
  readonly address: Address;
  readonly step: S;
  /** Undefined when it is being deleted. */
  readonly resource: Resource<K> | undefined;
  readonly seen: Seen | undefined;
  readonly deps: Dependencies;
}

/** Everything Nova knows about one kind. Reconcilers hold no state and are written for one resource. */
export interface Reconciler<K extends Kind = Kind, Seen = unknown, S extends Step = Step> {
  readonly kind: K;
  /** Kinds whose resources this one uses: created after them and deleted before them. */
  readonly uses: readonly Kind[];
  /**
   * How many are worked on at once where nobody says; default: twice the cores. More where the work is the kernel's, and what
   * is asked of it together goes out together.
   */
  readonly width?: number;
  /** What must be there (tools, kernel abilities); checked before anything is changed. */
  requires(spec: SpecByKind[K]): readonly Capability[];
  /** What this version does not do yet; each is refused by name when planning. `[]` when all of it is built. */
  unbuilt(spec: SpecByKind[K], deps?: Pick<Dependencies, 'spec'>): readonly Unbuilt[];
  /** The marks on everything of this kind that is this project's, declared or not. Changes nothing. */
  marks(view: HostView): Promise<readonly Mark[]>;
  /** One batched read of the host for every resource of this kind, owned strays included. Changes nothing. */
  observe(view: HostView, wanted: readonly Resource<K>[]): Promise<Observations<Seen>>;
  /** Pure. [] exactly when nothing needs doing. `resource` undefined means delete. */
  diff(input: {
    readonly address: Address;
    readonly resource: Resource<K> | undefined;
    readonly seen: Seen | undefined;
    readonly deps: Dependencies;
  }): readonly S[];
  /** Pure. The steps after which nothing of it is Nova's any more, and all of it is there as it was; their reasons say what stays. */
  forget(seen: Seen): readonly S[];
  /** One step, idempotent: a crash between steps is only a retry. */
  converge(host: Host, work: Work<K, Seen, S>, signal: AbortSignal): Promise<void>;
  /** Does it work, not only exist. Called until ready, or the deadline. */
  ready(
    host: Host,
    resource: Resource<K>,
    seen: Seen,
    deps: Dependencies,
    signal: AbortSignal,
  ): Promise<Readiness>;
  /** Whether `ready` asks what observing does not tell: a controller asks it again now and then. Default: it does not. */
  asks?(spec: SpecByKind[K]): boolean;
  /** What others may refer to, as far as it is known from what was seen. */
  outputs(resource: Resource<K>, seen: Seen | undefined, deps: Dependencies): Outputs;
  /** Names of the outputs that it can have. */
  readonly outputNames: readonly string[];
  /** A line for `ls`: running state and what a person looks for first. */
  describe(seen: Seen): { readonly state: string; readonly details: string };
  /** Whether it runs. Only of kinds that a person may stop and start, by their steps `stop` and `start`. */
  power?(seen: Seen): Power;
}

/** `between`: something of it is alive, and it does not do its work: paused, say. */
export type Power = 'on' | 'between' | 'off';
