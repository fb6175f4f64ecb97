import type { Address } from '../../schema/manifest.ts';
import { textOf } from '../../schema/sensitive.ts';
import { defaultPath, placeOf } from '../../reconcilers/container/desired.ts';
import { lookAt } from '../../reconcilers/container/lookAt.ts';
import { architecture } from '../../reconcilers/container/observe.ts';
import { splitSensitiveParts } from '../../reconcilers/container/sensitiveParts.ts';
import type { HostView } from '../../reconcilers/host/host.ts';
import { publishedBy } from '../../reconcilers/network/rules/portRules.ts';
import { projectFolder } from '../../reconcilers/volume/place.ts';
import type { Told } from './givenUp.ts';
import { ociContainer } from './ociContainer.ts';

/** A capsule as its configuration and its monitor tell of it; undefined: nothing does. */
export async function givenUpCapsule(view: HostView, address: Address): Promise<Told | undefined> {
  const place = placeOf(view, address, architecture);
  const seen = await lookAt(view, place, undefined);
  if (seen?.config === undefined || seen.forgotten !== true) return undefined;
  const text = textOf(seen.config);
  const read = ociContainer(place.name, '/', text, { why: '', stop: '' });
  if (read === undefined) return undefined;
  const { env, volumes, hostname, ...table } = read.table;
  const { parts } = splitSensitiveParts(annotationsIn(text));
  const secret = [...parts.env, ...Object.keys(parts.files)];
  const plain = Object.entries(env ?? {}).filter(([name, value]) => name !== 'PATH' || value !== defaultPath);
  const folder = `${projectFolder(view.scope, view.project)}/`;
  const mounted = (Array.isArray(volumes) ? volumes.map(String) : [])
    .filter((volume) => !volume.startsWith('/run/nova/'))
    .map((volume) => (volume.startsWith(folder) ? volume.slice(folder.length) : volume));
  const named = mounted
    .filter((volume) => !volume.startsWith('/'))
    .map((volume) => volume.split(':')[0] ?? '');
  const own = mounted.filter((volume) => volume.startsWith(`${view.scope.data}/`));
  const network = seen.link?.master;
  const further = (seen.nics ?? []).flatMap(({ end }) => end?.master ?? []);
  const ports = publishedBy(seen.rules.rules).map((port) => port.replace('->', ':'));
  return {
    table: {
      ...table,
      capsule: seen.upperOf ?? '/',
      ...(plain.length === 0 ? {} : { env: Object.fromEntries(plain) }),
      ...(hostname === place.name ? {} : { hostname }),
      ...(mounted.length === 0 ? {} : { volumes: mounted }),
      ...(network === undefined ? {} : { network }),
      ...(further.length === 0 ? {} : { nics: further.map((each) => ({ network: each })) }),
      ...(ports.length === 0 ? {} : { ports }),
      ...(seen.restart === undefined
        ? {}
        : { restart: seen.restart.policy, stop_timeout: seen.restart.stopTimeout }),
      ...(seen.phase === 'exited' || seen.phase === 'gone' ? { state: 'stopped' } : {}),
    },
    lacks: [
      ...(seen.upperOf?.startsWith(`${view.scope.roots}/`) === true
        ? ['Its root is that of an image: write the image as its capsule.']
        : []),
      ...(seen.link !== undefined && network === undefined ? ['Its link is on no network.'] : []),
      ...(own.length === 0 ? [] : [`It mounts what is Nova's: ${own.join(', ')}.`]),
      ...(secret.length === 0 ? [] : [`It was given secrets, which are not told: ${secret.join(', ')}.`]),
    ],
    needs: [
      ...[...(network === undefined ? [] : [network]), ...further].map((each) => `network.${each}` as const),
      ...named.map((name) => `volume.${name}` as const),
    ],
  };
}

function annotationsIn(text: string): Readonly<Record<string, unknown>> {
  const { annotations } = JSON.parse(text) as { readonly annotations?: Readonly<Record<string, unknown>> };
  return annotations ?? {};
}
