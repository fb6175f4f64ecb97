import type { HostView } from '../../reconcilers/host/host.ts';
import type { Found } from './found.ts';
import { ociContainer } from './ociContainer.ts';

/** Containers that run and are not Nova's, whoever started them: by conmon (podman, CRI-O), by containerd, by runc. */
export async function containersOn(view: HostView): Promise<readonly Found[]> {
  const processes = [...(await view.processes()).values()];
  const byProcess = processes.flatMap(({ argv }) => bundleOf(argv));
  const known = new Set(byProcess.map(({ bundle }) => bundle));
  const byRunc = (await runcBundles(view)).filter(({ bundle }) => !known.has(bundle));
  const found = [...new Map([...byProcess, ...byRunc].map((each) => [each.bundle, each])).values()].map(
    async ({ name, bundle }) => {
      const config = await view.read(`${bundle}/config.json`);
      return config === undefined ? undefined : ociContainer(name, bundle, config);
    },
  );
  return (await Promise.all(found)).filter((each) => each !== undefined);
}

interface Bundle {
  readonly name: string;
  readonly bundle: string;
}

/** From the command line of what watches a container: conmon(8), or a shim of containerd. */
function bundleOf(argv: readonly string[]): readonly Bundle[] {
  const program = argv[0]?.split('/').at(-1) ?? '';
  const after = (...names: readonly string[]): string | undefined =>
    argv.find((_, index) => names.includes(argv[index - 1] ?? ''));
  if (program === 'conmon') {
    const bundle = after('-b', '--bundle');
    return bundle === undefined || bundle.startsWith('/run/nova/')
      ? []
      : [{ name: after('-n', '--name') ?? after('-c', '--cid') ?? 'container', bundle }];
  }
  const id = after('-id');
  if (!program.startsWith('containerd-shim-runc') || id === undefined) return [];
  return [
    {
      name: id.slice(0, 12),
      bundle: `/run/containerd/io.containerd.runtime.v2.task/${after('-namespace') ?? 'moby'}/${id}`,
    },
  ];
}

/** runc's own records (`state.json`) in its default folder. */
async function runcBundles(view: HostView): Promise<readonly Bundle[]> {
  const ids = (await view.list('/run/runc')) ?? [];
  const all = ids.map(async (id): Promise<readonly Bundle[]> => {
    const state = await view.read(`/run/runc/${id}/state.json`);
    const bundle = /"bundle=(\/[^"]*)"/.exec(state ?? '')?.[1];
    return bundle === undefined || bundle.startsWith('/run/nova/') ? [] : [{ name: id, bundle }];
  });
  return (await Promise.all(all)).flat();
}
