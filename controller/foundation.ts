import type { Host } from '../reconcilers/host/host.ts';
import { isEmpty, removeTable } from '../reconcilers/network/ruleset.ts';
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
    if ((await host.view().stat(folder)) !== undefined && !borrows(store, scope.id, folderKey(folder))) continue;
    store.borrow(scope.id, folderKey(folder), 'absent', project);
    await host.files.makeDirectory(folder, 0o755);
  }
  if (scope.namespace === undefined) return;
  const there = (await host.view().namespace()) !== undefined;
  const key = namespaceKey(scope.namespace);
  if (there && !borrows(store, scope.id, key)) return;
  store.borrow(scope.id, key, 'absent', project);
  if (!there) await host.namespaces.ensure(scope.namespace, namespaceMark(scope.id));
}

/** True when the project may go on owning nothing: what it stood on is taken away as far as nobody else needs it. */
export async function removeFoundation(host: Host, store: StateStore): Promise<void> {
  const { scope, project } = host;
  await removeEmptyTable(host);
  await host.cgroups.remove(`/nova/${scope.id}/work-${project}`);
  if (scope.namespace !== undefined && (await namespaceIsOurs(host, store, scope.namespace))) {
    await host.namespaces.remove(scope.namespace);
  }
  for (const folder of [`${scope.data}/volumes/${project}`, `${scope.data}/volumes`]) await host.files.removeEmpty(folder);
  for (const folder of ['containers', 'networks']) {
    await host.files.removeEmpty(`${scope.data}/${folder}`);
    await host.files.removeEmpty(`${scope.run}/${folder}`);
  }
  await host.files.removeEmpty(scope.roots);
  for (const folder of parents(scope.data).toReversed()) {
    if (!borrows(store, scope.id, folderKey(folder))) continue;
    await host.files.removeEmpty(folder);
    store.giveBack(scope.id, folderKey(folder), project);
  }
}

/** The table goes when no rule in it belongs to a resource. */
export async function removeEmptyTable(host: Host): Promise<void> {
  const table = tableName(host.scope, host.project);
  const tables = await host.view().tables();
  const there = tables.some(({ family, name }) => family === 'inet' && name === table);
  if (there && isEmpty(tables, table)) await host.filter.change(removeTable(table));
}

/** What the state database has forgotten stands on the namespace itself, as the alias of its `lo`. */
async function namespaceIsOurs(host: Host, store: StateStore, name: string): Promise<boolean> {
  const { scope, project } = host;
  const remembered = store.borrowed(scope.id).find(({ key }) => key === namespaceKey(name));
  const others = (remembered?.users ?? []).filter((user) => user !== project);
  const view = host.view();
  const marked = (await view.links()).some((link) => link.name === 'lo' && link.alias === namespaceMark(scope.id));
  store.giveBack(scope.id, namespaceKey(name), project);
  return marked && others.length === 0;
}

function borrows(store: StateStore, scope: string, key: string): boolean {
  return store.borrowed(scope).some((borrowed) => borrowed.key === key);
}

function namespaceKey(name: string): string {
  return `namespace ${name}`;
}

function folderKey(folder: string): string {
  return `folder ${folder}`;
}

function namespaceMark(scope: string): string {
  return `nova:${scope}`;
}
