import type { Draft } from './draft.ts';
import type { ImageSpec } from './image.ts';
import { imageAddress } from './imageSource.ts';
import { registry } from './imageValues.ts';
import type { Path, Problem } from './problem.ts';

/** Images that a machine is to start from and that are roots of capsules: no disk, and no file at all. */
export function checkMachineImages(drafts: readonly Draft[]): readonly Problem[] {
  const images = new Map(
    drafts.flatMap((draft) => (draft.kind === 'image' ? [[draft.name, draft] as const] : [])),
  );
  return drafts.flatMap(usesOf).flatMap(({ image: name, as, path }): readonly Problem[] => {
    const image = images.get(name);
    const what = image === undefined || image.broken.size > 0 ? undefined : rootOf(image.spec);
    if (what === undefined) return [];
    const message = `${imageAddress(name)} is a root for capsules (${what}), and not ${as.noun}`;
    return [{ code: 'schema.value', message, hint: `name a file: ${as.example}`, path, within: name }];
  });
}

interface Use {
  readonly image: string;
  readonly as: { readonly noun: string; readonly example: string };
  readonly path: Path;
}

function usesOf({ kind, name, spec }: Draft): readonly Use[] {
  if (kind !== 'vm') return [];
  const used = [
    { source: spec.image, as: disk, path: ['image'] },
    { source: spec.boot?.kernel, as: kernel, path: ['boot', 'kernel'] },
    { source: spec.boot?.initrd, as: initrd, path: ['boot', 'initrd'] },
  ];
  return used.flatMap(({ source, as, path }) =>
    source?.type === 'image' ? [{ image: source.name, as, path: [kind, name, ...path] }] : [],
  );
}

const disk = { noun: 'a disk', example: 'image = "./debian.qcow2"' };
const kernel = { noun: 'a kernel', example: 'boot = { kernel = "./vmlinuz" }' };
const initrd = {
  noun: 'an archive that a kernel starts with',
  example: 'boot = { kernel = "./vmlinuz", initrd = "./initrd.img" }',
};

/** What of the table says that it is a root; undefined: nothing does. */
function rootOf(spec: ImageSpec): string | undefined {
  if ('reference' in spec) return `${registry}${spec.reference}`;
  if ('type' in spec) return spec.type === 'root' ? 'type = "root"' : undefined;
  return spec.format === 'root' || spec.format === 'oci' ? `format = "${spec.format}"` : undefined;
}
