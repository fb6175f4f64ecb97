import type { HostView } from '../../reconcilers/host/host.ts';
import type { Found } from './found.ts';
import { type Engine, ociContainer } from './ociContainer.ts';

/** Containers that run and are not Nova's, whoever started them: by conmon (podman, CRI-O), by containerd, by runc. */
export async function containersOn(view: HostView): Promise<readonly Found[]> {
  const processes = [...(await view.processes()).values()];
  const byProcess = processes.flatMap(({ argv }) => bundleOf(argv));
  const known = new Set(byProcess.map(({ bundle }) => bundle));
  const byRunc = (await runcBundles(view)).filter(({ bundle }) => !known.has(bundle));
  const found = [...new Map([...byProcess, ...byRunc].map((each) => [each.bundle, each])).values()].map(
    async ({ name, bundle, engine }) => {
      const config = await view.read(`${bundle}/config.json`);
      return config === undefined ? undefined : ociContainer(name, bundle, config, engine);
    },
  );
  return (await Promise.all(found)).filter((each) => each !== undefined);
}

interface Bundle {
  readonly name: string;
  readonly bundle: string;
  readonly engine: Engine;
}

/** Pure: who watches a container that conmon watches. */
function watched(bundle: string, name: string): Engine {
  const cri = bundle.includes('/overlay-containers/') && name.startsWith('k8s_');
  return cri
    ? { why: 'CRI-O watches it and starts another one for it', stop: `crictl stop ${name}` }
    : {
        why: 'podman watches it and keeps what it knows of it in its own database',
        stop: `podman stop ${name}`,
      };
}

function shimmed(namespace: string, id: string): Engine {
  const why = 'it is a child of the shim of containerd, which alone learns how it ends';
  return namespace === 'moby'
    ? { why: `${why}, and Docker with it`, stop: `docker stop ${id}` }
    : { why, stop: `ctr --namespace ${namespace} task kill ${id}` };
}

function unwatched(id: string): Engine {
  const why = 'nobody keeps how it ends and what it prints, and only who started it could';
  return { why, stop: `runc kill ${id}` };
}

/** From the command line of what watches a container: conmon(8), or a shim of containerd. */
function bundleOf(argv: readonly string[]): readonly Bundle[] {
  const program = argv[0]?.split('/').at(-1) ?? '';
  const after = (...names: readonly string[]): string | undefined =>
    argv.find((_, index) => names.includes(argv[index - 1] ?? ''));
  if (program === 'conmon') {
    const bundle = after('-b', '--bundle');
    const name = after('-n', '--name') ?? after('-c', '--cid') ?? 'container';
    return bundle === undefined || bundle.startsWith('/run/nova/')
      ? []
      : [{ name, bundle, engine: watched(bundle, name) }];
  }
  const id = after('-id');
  if (!program.startsWith('containerd-shim-runc') || id === undefined) return [];
  const namespace = after('-namespace') ?? 'moby';
  const name = id.slice(0, 12);
  const bundle = `/run/containerd/io.containerd.runtime.v2.task/${namespace}/${id}`;
  return [{ name, bundle, engine: shimmed(namespace, namespace === 'moby' ? name : id) }];
}

/** runc's own records (`state.json`) in its default folder. */
async function runcBundles(view: HostView): Promise<readonly Bundle[]> {
  const ids = (await view.list('/run/runc')) ?? [];
  const all = ids.map(async (id): Promise<readonly Bundle[]> => {
    const state = await view.read(`/run/runc/${id}/state.json`);
    const bundle = /"bundle=(\/[^"]*)"/.exec(state ?? '')?.[1];
    return bundle === undefined || bundle.startsWith('/run/nova/')
      ? []
      : [{ name: id, bundle, engine: unwatched(id) }];
  });
  return (await Promise.all(all)).flat();
}
