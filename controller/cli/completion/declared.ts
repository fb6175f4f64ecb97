import { readdirSync } from 'node:fs';

import { addressOf, declaredKinds } from '../../../schema/kinds.ts';
import type { Address } from '../../../schema/manifest.ts';
import { isTable } from '../../../schema/table.ts';
import { readToml } from '../../../schema/toml.ts';
import { novaFileAt, readProject, readText } from '../../project.ts';
import type { Surroundings } from './candidates.ts';

/** Never fails: where nothing can be read, nothing is offered. */
export const surroundings: Surroundings = {
  addresses: async (file = '.') => {
    try {
      const { manifest } = await readProject(file);
      return manifest?.resources.map(({ address }) => address) ?? addressesIn(file);
    } catch {
      return [];
    }
  },
  namespaces: () => {
    try {
      return readdirSync('/run/netns');
    } catch {
      return [];
    }
  },
};

/** Of a NovaFile that is not whole yet: as far as it is TOML. */
function addressesIn(path: string): readonly Address[] {
  const file = novaFileAt(path);
  const read = readToml(readText(file, file), file);
  if ('issue' in read) return [];
  return declaredKinds.flatMap((kind) => {
    const tables = read.document[kind];
    return isTable(tables) ? Object.keys(tables).map((name) => addressOf(kind, name)) : [];
  });
}
