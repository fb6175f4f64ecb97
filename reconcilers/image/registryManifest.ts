import { z } from 'zod';

import type { HostView } from '../host/host.ts';

/**
 * Pure: what a manifest of a registry leads to: the image itself, or of an index (OCI image specification, `image-index.md`;
 * Docker's manifest list is the same by another name) the first one for linux and this architecture.
 * @param architecture as Go names it
 */
export function choosePlatform(
  text: string,
  architecture: string,
): 'image' | { readonly digest: string } | { readonly why: string } {
  const index = parse(Index, text);
  if (index === undefined)
    return parse(Manifest, text) === undefined
      ? { why: 'the registry gave no manifest of an image' }
      : 'image';
  const fitting = index.manifests.find(
    ({ platform }) => platform?.os === 'linux' && platform.architecture === architecture,
  );
  return fitting === undefined
    ? { why: `there is none for linux/${architecture}` }
    : { digest: fitting.digest.slice('sha256:'.length) };
}

/** Pure: digests of the configuration and layers that a manifest names; `[]` when it is none. */
export function blobsOf(manifest: string): readonly string[] {
  const { config, layers = [] } = parse(Manifest, manifest) ?? {};
  const all = [...(config === undefined ? [] : [config]), ...layers];
  return [...new Set(all.map(({ digest }) => digest.slice('sha256:'.length)))];
}

/** What an image says that it is for, as `linux/amd64`; undefined when it does not say. */
export async function platformOf(
  view: HostView,
  blobs: string,
  manifest: string,
): Promise<string | undefined> {
  const [config = ''] = blobsOf(manifest);
  const said = parse(Config, (await view.read(`${blobs}/${config}`)) ?? '');
  return said?.os === undefined || said.architecture === undefined
    ? undefined
    : `${said.os}/${said.architecture}`;
}

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const Index = z.object({
  manifests: z.array(
    z.object({ digest, platform: z.object({ os: z.string(), architecture: z.string() }).optional() }),
  ),
});
const Manifest = z.object({ config: z.object({ digest }), layers: z.array(z.object({ digest })).optional() });
const Config = z.object({ os: z.string().optional(), architecture: z.string().optional() });

function parse<T>(shape: z.ZodType<T>, text: string): T | undefined {
  try {
    return shape.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
