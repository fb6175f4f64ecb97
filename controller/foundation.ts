import { dirname, join } from 'node:path';

import type { Host } from '../reconcilers/host/host.ts';
import { isEmpty, removeTable } from '../reconcilers/network/rules/projectTable.ts';
import { tableName } from '../reconcilers/identity.ts';
import { parents } from './folders.ts';
import type { StateStore } from '../stateStore/stateStore.ts';

/**
 * What all resources of a project stand on: the network namespace named by `--netns` and the data directory. They
 * are made when the first project of a scope needs them, and taken away with the last if Nova made them; that it did is
 * remembered before they are made.
 */
export async function prepareFoundation(host: Host, store: StateStore): Promise<void> {
  const { scope, project } = host;
  for (const folder of parents(scope.data)) {
    const there = (await host.view().stat(folder)) !== undefined;
    if (there && usersOf(store, machine, folderKey(folder)) === undefined) continue;
    store.borrow(machine, folderKey(folder), 'absent', userOf(host));
    await host.files.makeDirectory(folder, 0o755);
  }
  if (scope.namespace === undefined) return;
  const there = (await host.view().namespace()) !== undefined;
  const key = namespaceKey(scope.namespace);
  if (there && usersOf(store, scope.id, key) === undefined) return;
  store.borrow(scope.id, key, 'absent', project);
  if (!there) await host.namespaces.ensure(scope.namespace, namespaceMark);
}

/** A namespace that a run was cut off in making has no loopback yet, and does not bear its mark. */
export async function finishNamespace(host: Host, store: StateStore): Promise<void> {
  const { namespace, id } = host.scope;
  if (namespace === undefined || usersOf(store, id, namespaceKey(namespace)) === undefined) return;
  const lo = (await host.view().links()).find(({ name }) => name === 'lo');
  if (lo === undefined || (lo.up && lo.alias === namespaceMark)) return;
  await host.namespaces.ensure(namespace, namespaceMark);
}

/** For a project that owns nothing any more: what it stood on is taken away as far as nobody else needs it. */
export async function removeFoundation(host: Host, store: StateStore): Promise<void> {
  const { scope, project } = host;
  await removeEmptyTable(host);
  if (scope.namespace !== undefined && (await namespaceIsOurs(host, store, scope.namespace))) {
    await host.namespaces.remove(scope.namespace);
  }
  for (const folder of [
    `volumes/${project}`,
    'volumes',
    `images/${project}`,
    'images',
    'containers',
    'vms',
    'networks',
    '.',
  ]) {
    await host.files.removeEmpty(join(scope.data, folder));
  }
  for (const folder of [dirname(scope.data), scope.roots]) await host.files.removeEmpty(folder);
  for (const folder of parents(scope.data).toReversed()) {
    const users = usersOf(store, machine, folderKey(folder));
    if (users?.every((user) => user === userOf(host)) === true) await host.files.removeEmpty(folder);
    store.giveBack(machine, folderKey(folder), userOf(host));
  }
}

/** The table goes when no rule in it belongs to a resource. */
export async function removeEmptyTable(host: Host): Promise<void> {
  const table = tableName(host.scope, host.project);
  const tables = await host.view().tables();
  if (isEmpty(tables, table)) await host.filter.change(removeTable(table, tables));
}

/**
 * Nova's own, and nothing is left in it: neither a link nor a rule of another project or of a person. Where the state
 * database is lost, the alias of its `lo` still tells that Nova made it.
 */
async function namespaceIsOurs(host: Host, store: StateStore, name: string): Promise<boolean> {
  const { scope, project } = host;
  const remembered = usersOf(store, scope.id, namespaceKey(name)) !== undefined;
  store.giveBack(scope.id, namespaceKey(name), project);
  const view = host.view();
  const [links, tables] = await Promise.all([view.links(), view.tables()]);
  const marked = links.some((link) => link.name === 'lo' && link.alias === namespaceMark);
  return (marked || remembered) && links.every((link) => link.name === 'lo') && tables.length === 0;
}

/** In whose name the state remembers what all scopes of a machine share: folders, sysctls. */
export const machine = 'machine';

function userOf({ scope, project }: Host): string {
  return `${scope.id}/${project}`;
}

function usersOf(store: StateStore, scope: string, key: string): readonly string[] | undefined {
  return store.borrowed(scope).find((borrowed) => borrowed.key === key)?.users;
}

function namespaceKey(name: string): string {
  return `namespace ${name}`;
}

function folderKey(folder: string): string {
  return `folder ${folder}`;
}

/** No scope in it: whichever project is the last to leave takes the namespace away. */
const namespaceMark = 'nova:namespace';
