import { z } from 'zod';

/** What an image says about how to run it; what it does not say is absent or empty. */
export interface ImageConfig {
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string | undefined;
  /** `user`, `uid`, `user:group` or `uid:gid`. */
  readonly user: string | undefined;
}

/** Of a folder with nothing but a root. */
export const plainConfig: ImageConfig = {
  entrypoint: [],
  command: [],
  env: {},
  workdir: undefined,
  user: undefined,
};

/** Where a layout leads: on to another index, or to the manifest of the one image that fits this machine. */
export type Choice =
  | { readonly type: 'index'; readonly digest: string }
  | { readonly type: 'manifest'; readonly digest: string }
  | { readonly type: 'none'; readonly why: string };

/**
 * The image for linux and this architecture in an index (OCI image specification, `image-index.md`): the only one that
 * fits, or of several the one with the tag `latest`.
 * @param architecture as Go names it: `amd64`, `arm64`
 */
export function chooseManifest(text: string, architecture: string): Choice {
  const index = parse(Index, text);
  if (index === undefined) return { type: 'none', why: 'its index.json is no OCI image index' };
  const images = index.manifests.filter(({ mediaType }) => known.test(mediaType));
  if (images.length === 0) return { type: 'none', why: 'it holds no image' };
  const fitting = images.filter(({ platform }) => fits(platform, architecture));
  const [only, ...others] = fitting;
  if (only === undefined) return { type: 'none', why: `it holds no image for linux/${architecture}` };
  const chosen = others.length === 0 ? only : fitting.find((image) => image.annotations?.[tag] === 'latest');
  if (chosen !== undefined) {
    return {
      type: chosen.mediaType.includes('index') ? 'index' : 'manifest',
      digest: chosen.digest.slice(7),
    };
  }
  const tags = fitting.map(({ annotations, digest }) => annotations?.[tag] ?? digest).join(', ');
  return { type: 'none', why: `it holds several images (${tags}) and none has the tag "latest"` };
}

/** Digest of the image's configuration, named in its manifest; undefined when that is none. */
export function configDigest(manifest: string): string | undefined {
  return parse(Manifest, manifest)?.config.digest.slice(7);
}

/** Undefined when the text is no image configuration (OCI image specification, `config.md`). */
export function parseImageConfig(text: string): ImageConfig | undefined {
  const image = parse(Config, text);
  if (image === undefined) return undefined;
  const { Entrypoint, Cmd, Env, WorkingDir, User } = image.config ?? {};
  return {
    entrypoint: Entrypoint ?? [],
    command: Cmd ?? [],
    env: Object.fromEntries((Env ?? []).map(splitVariable)),
    workdir: WorkingDir === '' ? undefined : WorkingDir,
    user: User === '' ? undefined : User,
  };
}

/** `A=b=c` as `['A', 'b=c']`. */
export function splitVariable(variable: string): readonly [string, string] {
  const at = variable.indexOf('=');
  return at === -1 ? [variable, ''] : [variable.slice(0, at), variable.slice(at + 1)];
}

const tag = 'org.opencontainers.image.ref.name';
const known = /^application\/vnd\.oci\.image\.(manifest|index)\.v1\+json$/;
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const list = z.array(z.string()).nullish();

const Index = z.object({
  manifests: z.array(
    z.object({
      mediaType: z.string(),
      digest,
      platform: z.object({ os: z.string(), architecture: z.string() }).optional(),
      annotations: z.record(z.string(), z.string()).optional(),
    }),
  ),
});
const Manifest = z.object({ config: z.object({ digest }) });
const Config = z.object({
  config: z
    .object({
      Entrypoint: list,
      Cmd: list,
      Env: list,
      WorkingDir: z.string().optional(),
      User: z.string().optional(),
    })
    .nullish(),
});

function parse<T>(shape: z.ZodType<T>, text: string): T | undefined {
  try {
    return shape.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** One that does not say what it is for is taken to fit. */
function fits(platform: { os: string; architecture: string } | undefined, architecture: string): boolean {
  return platform === undefined || (platform.os === 'linux' && platform.architecture === architecture);
}
