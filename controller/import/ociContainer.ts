import { z } from 'zod';

import { beside, type Found } from './found.ts';

const text = z.string();

/** Of `config.json` (OCI runtime specification), what a NovaFile has words for. */
const Config = z.object({
  root: z.object({ path: text }),
  hostname: text.optional(),
  process: z.object({
    args: z.array(text),
    env: z.array(text).default([]),
    cwd: text.default('/'),
    user: z.object({ uid: z.number(), gid: z.number() }),
  }),
  mounts: z
    .array(
      z.object({
        destination: text,
        type: text.optional(),
        source: text.optional(),
        options: z.array(text).default([]),
      }),
    )
    .default([]),
  linux: z
    .object({
      namespaces: z.array(z.object({ type: text, path: text.optional() })).default([]),
      resources: z
        .object({
          memory: z.object({ limit: z.number().optional() }).optional(),
          cpu: z.object({ quota: z.number().optional(), period: z.number().optional() }).optional(),
          pids: z.object({ limit: z.number().optional() }).optional(),
        })
        .optional(),
    })
    .default({ namespaces: [] }),
});

type Config = z.output<typeof Config>;

/** Made by the engine for every container, and by Nova for its own. */
const everyones = new Set(['PATH', 'HOSTNAME', 'HOME', 'TERM', 'container']);
const engines = /^\/(?:var\/lib|run)\/(?:containers|docker|containerd|user\/\d+)\//;

/** Whoever runs a container. */
export interface Engine {
  /** Why it is not Nova's to take over: the rest of a sentence. */
  readonly why: string;
  /** The command that stops it. */
  readonly stop: string;
}

/**
 * A container by its bundle, whatever engine made it; undefined when its configuration cannot be read.
 * @param bundle folder of `config.json`, absolute
 */
export function ociContainer(
  calledThere: string,
  bundle: string,
  config: string,
  engine: Engine,
): Found | undefined {
  const read = Config.safeParse(parsed(config));
  if (!read.success) return undefined;
  const { root, hostname, process } = read.data;
  const { uid, gid } = process.user;
  const path = root.path.startsWith('/') ? root.path : `${bundle}/${root.path}`;
  const env = variablesOf(process.env);
  const limits = limitsOf(read.data);
  const volumes = volumesOf(read.data);
  return {
    kind: 'container',
    adoptable: false,
    calledThere,
    table: {
      capsule: path,
      command: process.args,
      ...(Object.keys(env).length === 0 ? {} : { env }),
      ...(process.cwd === '/' ? {} : { workdir: process.cwd }),
      ...(uid === 0 && gid === 0 ? {} : { user: `${uid}:${gid}` }),
      ...(hostname === undefined || hostname === '' ? {} : { hostname }),
      ...(volumes.length === 0 ? {} : { volumes }),
      ...(Object.keys(limits).length === 0 ? {} : { limits }),
    },
    notes: [
      beside(engine.why, engine.stop),
      ...(engines.test(path)
        ? ['Its root is what its engine has mounted: write the reference of its image instead.']
        : []),
      ...(hasNetwork(read.data) ? ['Its network and its published ports are left out.'] : []),
    ],
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function variablesOf(env: readonly string[]): Readonly<Record<string, string>> {
  const pairs = env.map(
    (variable) => [variable.split('=')[0] ?? '', variable.slice(variable.indexOf('=') + 1)] as const,
  );
  return Object.fromEntries(pairs.filter(([name]) => name !== '' && !everyones.has(name)));
}

function volumesOf({ mounts }: Config): readonly string[] {
  return mounts.flatMap(({ destination, type, source = '', options }) => {
    const bind = type === 'bind' || options.includes('bind') || options.includes('rbind');
    if (
      !bind ||
      !source.startsWith('/') ||
      engines.test(source) ||
      /^\/(?:proc|sys|dev)(?:\/|$)/.test(destination)
    )
      return [];
    return [`${source}:${destination}${options.includes('ro') ? ':ro' : ''}`];
  });
}

function limitsOf({ linux }: Config): Readonly<Record<string, number>> {
  const { memory, cpu, pids } = linux.resources ?? {};
  const { quota = 0, period = 100_000 } = cpu ?? {};
  return {
    ...(memory?.limit === undefined || memory.limit <= 0 ? {} : { memory: memory.limit }),
    ...(quota <= 0 ? {} : { cpu: quota / period }),
    ...(pids?.limit === undefined || pids.limit <= 0 ? {} : { pids: pids.limit }),
  };
}

function hasNetwork({ linux }: Config): boolean {
  return linux.namespaces.some(({ type, path }) => type === 'network' && path !== undefined);
}
