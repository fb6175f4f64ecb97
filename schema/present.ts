import { formatCapsule } from './capsule.ts';
import type { ContainerSpec, PublishedPort, VolumeMount } from './container.ts';
import { formatDevice } from './device.ts';
import { formatDiskSource, presentDisk } from './disks.ts';
import { presentSelection } from './gpuSelection.ts';
import type { DownloadedImage, PulledImage } from './image.ts';
import type { ImageSource } from './imageSource.ts';
import type { Kind, SpecByKind } from './manifest.ts';
import { presentMembership } from './membership.ts';
import type { NetworkSpec } from './network.ts';
import { formatForward, formatRule } from './rule.ts';
import { presentService, type Services } from './services.ts';
import { formatTmpfs } from './tmpfs.ts';
import type { VmSpec } from './vm.ts';
import { isDisk, type VolumeSpec } from './volume.ts';

/** A spec in the words and forms of the NovaFile, for people and for plans: mounts and ports as their short strings. */
export function present<K extends Kind>(kind: K, spec: SpecByKind[K]): Record<string, unknown> {
  if (kind === 'vm') return presentVm(spec as VmSpec);
  if (kind === 'image' && 'reference' in spec) return presentPulled(spec);
  if (kind === 'image' && 'url' in spec) return presentDownloaded(spec);
  if (kind === 'network') return presentNetwork(spec as NetworkSpec);
  if (kind === 'volume') return presentVolume(spec as VolumeSpec);
  return kind === 'container' ? presentContainer(spec as ContainerSpec) : { ...spec };
}

function presentNetwork(spec: NetworkSpec): Record<string, unknown> {
  return presented(spec, {
    forwards: (all) => all.map(formatForward),
    allow: (all) => all.map(formatRule),
  });
}

/** A disk belongs to whoever has it: it has no permissions. */
function presentVolume({ mode, owner, ...spec }: VolumeSpec): Record<string, unknown> {
  return isDisk(spec.type) ? spec : { mode, owner, ...spec };
}

function presentContainer(spec: ContainerSpec): Record<string, unknown> {
  return presented(spec, {
    capsule: formatCapsule,
    volumes: (all) => all.map(formatVolumeMount),
    ports: (all) => all.map(formatPort),
    tmpfs: (all) => all.map(formatTmpfs),
    devices: (all) => all.map(formatDevice),
    gpus: (all) => all.map(presentSelection),
    network: presentMembership,
    services: presentServices,
  });
}

function presentDownloaded({ url, ...spec }: DownloadedImage): Record<string, unknown> {
  return { source: url, ...spec };
}

function presentPulled({ reference, ...spec }: PulledImage): Record<string, unknown> {
  return { source: `docker://${reference}`, ...spec };
}

function presentVm(spec: VmSpec): Record<string, unknown> {
  return presented(spec, {
    image: formatSource,
    boot: (boot) => presented(boot, { kernel: formatSource, initrd: formatSource }),
    gpu_passthrough: (gpus) => (gpus === true ? gpus : gpus.map(presentSelection)),
    disks: (all) => all.map(presentDisk),
    shares: (all) => all.map(({ source, ...share }) => ({ source: formatDiskSource(source), ...share })),
    vnc: (vnc) => (vnc === true ? vnc : `${vnc.address}:${vnc.port}`),
    network: presentMembership,
    services: presentServices,
  });
}

type Formats<Spec> = { readonly [K in keyof Spec]?: (value: NonNullable<Spec[K]>) => unknown };

/** A copy in which some values that are there have another form; the order of keys stays. */
function presented<Spec extends object>(spec: Spec, formats: Formats<Spec>): Record<string, unknown> {
  const entries = Object.entries(spec).map(([name, value]: [string, unknown]): [string, unknown] => {
    const format = formats[name as keyof Spec] as ((value: unknown) => unknown) | undefined;
    return [name, value === undefined || format === undefined ? value : format(value)];
  });
  return Object.fromEntries(entries);
}

function presentServices(services: Services): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(services).map(([name, service]) => [name, presentService(service)]),
  );
}

function formatSource(source: ImageSource): string {
  return source.type === 'path' ? source.path : source.name;
}

/** `data:/srv/data`, `/home/me/api:/srv/api:ro` */
export function formatVolumeMount({ source, target, readonly }: VolumeMount): string {
  const from = source.type === 'volume' ? source.name : source.path;
  return `${from}:${target}${readonly ? ':ro' : ''}`;
}

/** `8080:80/tcp`, `127.0.0.1:8080:80/tcp`, `8000-8010:80-90/tcp` */
export function formatPort({ address, host, container, protocol, count = 1 }: PublishedPort): string {
  const range = (first: number) => (count === 1 ? String(first) : `${first}-${first + count - 1}`);
  return `${address === undefined ? '' : `${address}:`}${range(host)}:${range(container)}/${protocol}`;
}
