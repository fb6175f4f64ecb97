import { resolve } from '../schema/template.ts';
import type { Dependencies } from './reconciler.ts';

/** `${container.db.ip}` filled in; a text with something that is known only after apply stays as it is written. */
export function fillIn(text: string, deps: Pick<Dependencies, 'outputs'>): string {
  const resolved = resolve(text, (address, output) => deps.outputs(address)?.[output]);
  return 'text' in resolved ? resolved.text : text;
}
