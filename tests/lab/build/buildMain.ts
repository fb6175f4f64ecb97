import { buildEntry, findEntry } from './cache.ts';
import { buildRoot, rootKey } from './root.ts';
import { debianSource } from './sources.ts';

// Run by `ensureRoot` under the lock of the cache: another one may have built it meanwhile.
const source = await debianSource();
const key = rootKey(source);
if (findEntry(key) === undefined) await buildEntry(key, (folder) => buildRoot(folder, source));
