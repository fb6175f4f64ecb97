import { tombstoneOf } from '../forgotten.ts';
import { linkName, markOf, namespaceName, tableName } from '../identity.ts';
import { releaseRules, rulesOf } from '../network/rules/ruleset.ts';
import { formerOf } from '../past.ts';
import type { Job } from './converge.ts';
import { markOfNic } from './convergeNics.ts';
import { lookAt } from './lookAt.ts';
import type { NicSeen } from './nicsSeen.ts';
import { containerPaths, dataFolders, runFolders } from './paths.ts';

/** The network namespace, after the files that say whose everything is. */
export async function makeNamespace({ host, place }: Job): Promise<void> {
  const { runOwner, dataOwner } = containerPaths(place.scope, place.identity);
  for (const path of [runOwner, dataOwner]) await host.files.write(path, `${markOf(place)}\n`);
  await host.namespaces.ensure(namespaceName(place.scope, place.identity), markOf(place));
}

/** What it was called before stands in its marks. */
export async function takeOver(job: Job): Promise<void> {
  const { host, place } = job;
  const { scope, identity } = place;
  const { runOwner, dataOwner } = containerPaths(scope, identity);
  const mark = markOf(place);
  const view = host.view();
  const [namespaces, links] = await Promise.all([view.namespaces(), view.links()]);
  const namespace = namespaceName(scope, identity);
  const link = linkName(identity);
  if (namespaces.has(namespace)) await host.namespaces.ensure(namespace, mark);
  if (links.some(({ name }) => name === link))
    await host.links.change([{ argv: ['link', 'set', 'dev', link, 'alias', mark] }]);
  for (const { link: end, name } of await endsOf(job))
    await host.links.change([{ argv: ['link', 'set', 'dev', end, 'alias', markOfNic(place, name)] }]);
  for (const path of [dataOwner, runOwner]) await host.files.write(path, `${mark}\n`);
}

/** Nova's marks go, and all that they are on stays as it is. What says whose it is is the last to change. */
export async function giveUp(job: Job): Promise<void> {
  const { host, place } = job;
  const { scope, project, address, identity } = place;
  const { runOwner, dataOwner } = containerPaths(scope, identity);
  const view = host.view();
  const [namespaces, links, tables] = await Promise.all([view.namespaces(), view.links(), view.tables()]);
  const table = tableName(scope, project);
  const rules = releaseRules(table, address, rulesOf(tables, table, address, formerOf(scope, address)));
  if (rules.length > 0) await host.filter.change(rules);
  const [link, namespace] = [linkName(identity), namespaceName(scope, identity)];
  const nobodys = (dev: string) => [{ argv: ['link', 'set', 'dev', dev, 'alias', ''] }];
  if (links.some(({ name }) => name === link)) await host.links.change(nobodys(link));
  for (const { link: end } of await endsOf(job)) await host.links.change(nobodys(end));
  if (namespaces.has(namespace)) await host.links.change(nobodys('lo'), namespace);
  for (const path of [dataOwner, runOwner]) await host.files.write(path, tombstoneOf(place));
}

/** Its further links that have an end on the host. */
async function endsOf({ host, place }: Job): Promise<readonly NicSeen[]> {
  const { nics = [] } = (await lookAt(host.view(), place, undefined)) ?? {};
  return nics.filter(({ end }) => end !== undefined);
}

/** Gives the namespace that the capsule lives in its name again. */
export async function attachNamespace({ host, place, seen }: Job): Promise<void> {
  if (seen?.process === undefined) return;
  const name = namespaceName(place.scope, place.identity);
  const view = host.view();
  const [namespaces, process] = await Promise.all([view.namespaces(), view.process(seen.process.pid)]);
  const inode = process?.netns;
  if (inode === undefined) return;
  const other = namespaces.get(name);
  if (other !== undefined && other !== inode) await host.namespaces.remove(name);
  await host.namespaces.attach(name, seen.process.pid);
  await host.namespaces.ensure(name, markOf(place));
}

export async function removeNamespace({ host, place }: Job): Promise<void> {
  await host.namespaces.remove(namespaceName(place.scope, place.identity));
}

export async function unmountRoot({ host, place }: Job): Promise<void> {
  await host.mounts.unmount(containerPaths(place.scope, place.identity).rootfs);
}

/** Everything that is left; what says whose it was goes last. */
export async function removeFiles({ host, place }: Job): Promise<void> {
  const { scope, identity } = place;
  const paths = containerPaths(scope, identity);
  await host.runtime.delete(identity);
  await host.cgroups.remove(paths.cgroup);
  await host.images.release(identity);
  for (const path of [paths.data, paths.run, paths.given, paths.macvlan, paths.dataOwner, paths.runOwner])
    await host.files.remove(path);
  for (const folder of [runFolders(scope), `${scope.run}/runtime`, `${scope.run}/s`, scope.run])
    await host.files.removeEmpty(folder);
  for (const folder of [dataFolders(scope), scope.data]) await host.files.removeEmpty(folder);
}
