import type { Address } from '../../schema/manifest.ts';
import {
  dataFolders as containerData,
  runFolders as containerRun,
} from '../../reconcilers/container/paths.ts';
import { folderMarks } from '../../reconcilers/folderMark.ts';
import { type Former, formerOfTombstone } from '../../reconcilers/forgotten.ts';
import type { HostView } from '../../reconcilers/host/host.ts';
import { networksFolder } from '../../reconcilers/network/paths.ts';
import { ownerMarks } from '../../reconcilers/ownerMarks.ts';
import { dataFolders as vmData, runFolders as vmRun } from '../../reconcilers/vm/paths.ts';
import { projectFolder, volumesFolder } from '../../reconcilers/volume/place.ts';

/** Addresses of everything that `nova forget` has given up, by the project that it was of. */
export async function givenUpByProject(view: HostView): Promise<ReadonlyMap<string, ReadonlySet<Address>>> {
  const { scope } = view;
  const folders = [containerRun, containerData, vmRun, vmData].map((folder) =>
    ownerMarks(view, folder(scope)),
  );
  const [texts, networks, volumes] = await Promise.all([
    Promise.all(folders),
    networkOwners(view),
    unmarkedVolumes(view),
  ]);
  const former = [...texts.flat(), ...networks].flatMap((text) => formerOfTombstone(text) ?? []);
  const found = new Map<string, Set<Address>>();
  for (const { project, address } of [...former, ...volumes])
    found.set(project, (found.get(project) ?? new Set()).add(address));
  return found;
}

async function networkOwners(view: HostView): Promise<readonly (string | undefined)[]> {
  const folder = networksFolder(view.scope);
  const names = (await view.list(folder)) ?? [];
  return Promise.all(names.map((name) => view.read(`${folder}/${name}/owner`)));
}

/** A volume that was given up has no mark any more; its place tells what it was. */
async function unmarkedVolumes(view: HostView): Promise<readonly Former[]> {
  const { scope } = view;
  const projects = (await view.list(volumesFolder(scope))) ?? [];
  const all = projects.map(async (project) => {
    const folder = projectFolder(scope, project);
    const [names, marks] = await Promise.all([view.list(folder), folderMarks(view, folder)]);
    return (names ?? [])
      .filter((name) => /^[a-z0-9]/i.test(name) && !marks.has(`${folder}/${name}`))
      .map((name): Former => ({ project, address: `volume.${name}` }));
  });
  return (await Promise.all(all)).flat();
}
