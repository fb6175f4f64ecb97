import { z } from 'zod';

import type { HostView } from '../host/host.ts';
import { containerPaths } from './paths.ts';
import type { Found, Image } from './readImage.ts';
import type { Place } from './seen.ts';

const texts = z.array(z.string());

const Remembered = z.object({
  from: z.string(),
  lower: z.string(),
  digest: z.string().optional(),
  config: z.object({
    entrypoint: texts,
    command: texts,
    env: z.record(z.string(), z.string()),
    workdir: z.string().optional(),
    user: z.string().optional(),
  }),
});

/** What the capsule was made of when its upper layer was made: what is known of an image that has to be made again. */
export async function rememberedImage(
  view: HostView,
  { scope, identity }: Place,
): Promise<Found | undefined> {
  const paths = containerPaths(scope, identity);
  const [text, lower] = await Promise.all([view.read(paths.image), view.read(paths.lower)]);
  const read = parse(text);
  if (read === undefined || lower !== `${read.lower}\n`) return undefined;
  const { config, ...image } = read;
  return {
    ...image,
    digest: read.digest,
    config: { ...config, workdir: config.workdir, user: config.user },
  };
}

export function formatImage({ from, lower, digest, config }: Image): string {
  return `${JSON.stringify({ from, lower, digest, config })}\n`;
}

function parse(text: string | undefined): z.output<typeof Remembered> | undefined {
  try {
    return Remembered.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}
