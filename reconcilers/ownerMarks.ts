import type { Kind } from '../schema/manifest.ts';
import type { HostView } from './host/host.ts';
import { isOurs, type Mark, parseMark } from './identity.ts';

/** The texts of the files in a folder that say whose the folders beside them are. */
export async function ownerMarks(view: HostView, folder: string): Promise<readonly (string | undefined)[]> {
  const names = ((await view.list(folder)) ?? []).filter((name) => name.endsWith('.owner'));
  return Promise.all(names.map(async (name) => (await view.read(`${folder}/${name}`))?.trim()));
}

/** Those of the texts that are marks of this project's resources of a kind. */
export function marksAmong(
  view: HostView,
  kind: Kind,
  texts: readonly (string | undefined)[],
): readonly Mark[] {
  return texts.flatMap((text) => {
    const mark = parseMark(text);
    return isOurs(mark, view) && mark.address.startsWith(`${kind}.`) ? [mark] : [];
  });
}
