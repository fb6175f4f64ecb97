import { formatCapsule } from './capsule.ts';
import type { ContainerSpec, PublishedPort, VolumeMount } from './container.ts';
import { presentSelection } from './gpuSelection.ts';
import type { Kind, SpecByKind } from './manifest.ts';
import type { PulledImage } from './image.ts';
import type { ImageSource } from './imageSource.ts';
import type { VmSpec } from './vm.ts';

/** A spec in the words and forms of the NovaFile, for people and for plans: mounts and ports as their short strings. */
export function present<K extends Kind>(kind: K, spec: SpecByKind[K]): Record<string, unknown> {
  if (kind === 'vm') return presentVm(spec as VmSpec);
  if (kind === 'image' && 'reference' in spec) return presentPulled(spec);
  return kind === 'container' ? presentContainer(spec as ContainerSpec) : { ...spec };
}

function presentContainer(spec: ContainerSpec): Record<string, unknown> {
  const { capsule, volumes, network, ports, gpus } = spec;
  return {
    ...spec,
    capsule: formatCapsule(capsule),
    volumes: volumes.map(formatVolumeMount),
    ports: ports.map(formatPort),
    ...(gpus === undefined ? {} : { gpus: gpus.map(presentSelection) }),
    ...(network === undefined ? {} : { network: network.ip === undefined ? network.name : network }),
  };
}

function presentPulled({ reference, ...spec }: PulledImage): Record<string, unknown> {
  return { source: `docker://${reference}`, ...spec };
}

function presentVm(spec: VmSpec): Record<string, unknown> {
  const { image, boot, network, gpu_passthrough: gpus } = spec;
  const { initrd, ...booted } = boot ?? {};
  return {
    ...spec,
    ...(image === undefined ? {} : { image: formatSource(image) }),
    ...(typeof gpus === 'object' ? { gpu_passthrough: gpus.map(presentSelection) } : {}),
    ...(boot === undefined
      ? {}
      : {
          boot: {
            ...booted,
            kernel: formatSource(boot.kernel),
            ...(initrd === undefined ? {} : { initrd: formatSource(initrd) }),
          },
        }),
    ...(network === undefined ? {} : { network: network.ip === undefined ? network.name : network }),
  };
}

function formatSource(source: ImageSource): string {
  return source.type === 'path' ? source.path : source.name;
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
