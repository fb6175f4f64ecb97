import { createFakeHost, type FakeHost } from '../../../fixtures/fakeHost.ts';
import type { Manifest } from '../../../schema/manifest.ts';
import { parseNovaFile } from '../../../schema/parse.ts';

/** A host with capsules to run, and with things of others that nobody may touch. */
export function makeWorld(): FakeHost {
  const host = createFakeHost();
  const { kernel, scope } = host;
  for (const folder of [scope.data, scope.run]) kernel.write(`${folder}/other-project`, '');
  for (const capsule of capsules) kernel.makeDirectory(`${capsule}/bin`);
  kernel.write('/lab/site/index.html', 'hello');
  kernel.write('/lab/disk.raw', 'bytes');
  kernel.write('/lab/disk.qcow2', `QFI\u00fb\0\0\0\u0003${'\0'.repeat(96)}`);
  kernel.write('/lab/tool', '#!/bin/sh', 0o755);
  kernel.ip('link add name br9 type bridge');
  kernel.ip('addr add 172.30.0.1/24 dev br9');
  const table = { family: 'inet', name: 'others' };
  const chain = { family: 'inet', table: 'others', name: 'input' };
  const rule = { ...chain, chain: 'input', expr: [{ accept: null }] };
  kernel.nft([
    { add: { table } },
    { add: { chain: { ...chain, type: 'filter', hook: 'input', prio: 0 } } },
    { add: { rule: { family: rule.family, table: rule.table, chain: rule.chain, expr: rule.expr } } },
  ]);
  kernel.addNamespace('others');
  kernel.addProcess(['/usr/bin/others', '--daemon'], '/system/others', 'others');
  kernel.write('/var/lib/nova/others', 'not of this scope');
  return host;
}

export const capsules = ['/lab/busybox', '/lab/other'] as const;

/** @throws Error with every issue when the text is no valid NovaFile */
export async function readManifest(text: string): Promise<Manifest> {
  const parsed = await parseNovaFile({ text, file: '/lab/NovaFile.toml' });
  if ('manifest' in parsed) return parsed.manifest;
  throw new Error(`${parsed.issues.map(({ message }) => message).join('\n')}\n${text}`);
}
