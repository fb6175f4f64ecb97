import { isKind } from '../../../schema/kinds.ts';
import { exitCodes } from '../exitCodes.ts';
import { writeJson } from '../io.ts';
import type { Invocation } from '../main.ts';
import { usage } from '../positionals.ts';

/** Prints what a NovaFile can say: the reference, whole or of one kind, or a JSON Schema for editors. */
export async function schema({ options, io }: Invocation): Promise<number> {
  const [what, kind, ...more] = options.words;
  if (what === 'json' && kind === undefined) {
    const { novaFileSchema } = await import('../../../schema/jsonSchema.ts');
    writeJson(io, novaFileSchema());
    return exitCodes.done;
  }
  if (what !== 'docs' || more.length > 0)
    throw usage('`nova schema` takes docs, docs with a kind as `vm`, or json');
  if (kind !== undefined && !isKind(kind)) throw usage(`there is no kind \`${kind}\``);
  const { kindReferenceOf, referenceOf } = await import('../../../schema/reference.ts');
  const { findUnbuilt } = await import('../../unbuiltKeys.ts');
  const isUnbuilt = await findUnbuilt();
  io.out.write(kind === undefined ? referenceOf(isUnbuilt) : kindReferenceOf(kind, isUnbuilt));
  return exitCodes.done;
}
