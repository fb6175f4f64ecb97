import type { HostView } from '../host/host.ts';
import { chooseManifest, type Choice } from './ociImage.ts';

/**
 * The one image of an OCI image layout that fits this machine.
 * @param architecture as Go names it
 */
export async function chooseFrom(
  view: HostView,
  layout: string,
  architecture: string,
): Promise<Exclude<Choice, { readonly type: 'index' }>> {
  let choice = chooseManifest((await view.read(`${layout}/index.json`)) ?? '', architecture);
  if (choice.type === 'index')
    choice = chooseManifest(await readBlob(view, layout, choice.digest), architecture);
  if (choice.type !== 'index') return choice;
  return { type: 'none', why: 'its index leads to an index that leads to another one' };
}

/** Text of a blob; empty when it is not there. */
export async function readBlob(view: HostView, layout: string, digest: string): Promise<string> {
  return (await view.read(`${layout}/blobs/sha256/${digest}`)) ?? '';
}
