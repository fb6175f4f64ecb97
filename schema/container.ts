/** Temporary hand-written shape; the zod module replaces it. All keys in the NovaFile's own spelling. */
export interface ContainerSpec {
  /** Absolute path of a folder with a root or an OCI image layout, or a registry reference such as `ubuntu:22.04`. */
  readonly capsule: { readonly type: 'path'; readonly path: string } | { readonly type: 'registry'; readonly reference: string };
  /** Default: the image's own. Strings may hold `${container.db.ip}`. */
  readonly command?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path inside. */
  readonly workdir?: string;
  /** `uid` or `uid:gid`, numeric. */
  readonly user?: string;
  readonly hostname: string;
  readonly volumes: readonly VolumeMount[];
  /** Absent: no network but loopback. */
  readonly network?: { readonly name: string; readonly ip?: string };
  readonly ports: readonly PublishedPort[];
  readonly limits: { readonly memory?: number; readonly cpu?: number; readonly pids?: number };
  readonly restart: 'always' | 'on-failure' | 'never';
  readonly health?: Health;
  /** seconds between SIGTERM and SIGKILL; default 10 */
  readonly stop_timeout: number;
}

export interface VolumeMount {
  readonly source: { readonly type: 'volume'; readonly name: string } | { readonly type: 'path'; readonly path: string };
  /** Absolute path inside. */
  readonly target: string;
  readonly readonly: boolean;
}

export interface PublishedPort {
  /** Only on this address of the host; absent: on all. */
  readonly address?: string;
  readonly host: number;
  readonly container: number;
  readonly protocol: 'tcp' | 'udp';
}

/** Exactly one of exec, http and tcp. */
export interface Health {
  readonly exec?: readonly string[];
  /** Path and port: `:80/healthz`, asked of the capsule's address. */
  readonly http?: string;
  readonly tcp?: number;
  /** seconds between attempts; default 1 */
  readonly interval: number;
  /** seconds for one attempt; default 3 */
  readonly timeout: number;
  /** seconds until it must have worked once; default 30 */
  readonly deadline: number;
}
