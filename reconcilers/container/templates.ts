import type { Address } from '../../schema/manifest.ts';
import type { Dependencies } from '../reconciler.ts';

/** `${container.db.ip}` filled in; what is known only after apply stays as it is written. `$${` stands for `${`. */
export function fillIn(text: string, deps: Pick<Dependencies, 'outputs'>): string {
  return text.replace(reference, (written: string, escaped: string | undefined, address: Address, output: string) => {
    if (escaped !== undefined) return '${';
    const value = deps.outputs(address)?.[output];
    return value === undefined ? written : String(value);
  });
}

const reference = /(\$\$\{)|\$\{([a-z]+\.[^.}]+)\.([^.}]+)\}/g;
