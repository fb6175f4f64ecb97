import { formatCapsule } from './capsule.ts';
import type { ContainerSpec, PublishedPort, VolumeMount } from './container.ts';
import type { Kind, SpecByKind } from './manifest.ts';

/** A spec in the words and forms of the NovaFile, for people and for plans: mounts and ports as their short strings. */
export function present<K extends Kind>(kind: K, spec: SpecByKind[K]): Record<string, unknown> {
  return kind === 'container' ? presentContainer(spec as ContainerSpec) : { ...spec };
}

function presentContainer(spec: ContainerSpec): Record<string, unknown> {
  const { capsule, volumes, network, ports } = spec;
  return {
    ...spec,
    capsule: formatCapsule(capsule),
    volumes: volumes.map(formatVolumeMount),
    ports: ports.map(formatPort),
    ...(network === undefined ? {} : { network: network.ip === undefined ? network.name : network }),
  };
}

/** `data:/srv/data`, `/home/me/api:/srv/api:ro` */
export function formatVolumeMount({ source, target, readonly }: VolumeMount): string {
  const from = source.type === 'volume' ? source.name : source.path;
  return `${from}:${target}${readonly ? ':ro' : ''}`;
}

/** `8080:80/tcp`, `127.0.0.1:8080:80/tcp` */
export function formatPort({ address, host, container, protocol }: PublishedPort): string {
  return `${address === undefined ? '' : `${address}:`}${host}:${container}/${protocol}`;
}
