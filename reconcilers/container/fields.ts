import { formatCapsule } from '../../schema/capsule.ts';
import type { ContainerSpec } from '../../schema/container.ts';
import { presentSelection } from '../../schema/gpuSelection.ts';
import type { Resource } from '../../schema/manifest.ts';
import { singlePorts } from '../../schema/port.ts';
import { hidden, isSensitive } from '../../schema/sensitive.ts';
import { memberAddresses } from '../network/dnsmasq/memberRecord.ts';
import type { Dependencies, FieldChange } from '../reconciler.ts';
import { fillIn } from '../templates.ts';

/** Pure: every field of a container that is made anew, in the NovaFile's words. */
export function fieldsOf(
  { address, spec }: Resource<'container'>,
  deps: Dependencies,
): readonly FieldChange[] {
  const fill = (text: string): string => fillIn(text, deps);
  const fields = {
    capsule: formatCapsule(spec.capsule),
    command: spec.command?.map(fill),
    ...Object.fromEntries(
      Object.entries(spec.env).map(([name, value]) => [
        `env.${name}`,
        isSensitive(value) ? hidden : fill(value),
      ]),
    ),
    ...Object.fromEntries(Object.keys(spec.files ?? {}).map((path) => [`files.${path}`, hidden])),
    workdir: spec.workdir,
    user: spec.user,
    hostname: spec.hostname,
    volumes: spec.volumes.length === 0 ? undefined : spec.volumes.map(volumeWords),
    gpus: spec.gpus?.map(presentSelection),
    network: spec.network?.name,
    ip: deps.ip(address),
    ip6: deps.ip6?.(address),
    ...Object.fromEntries(
      (spec.nics ?? []).flatMap(({ network }) => {
        const { ip, ip6 } = memberAddresses(address, deps, network);
        const path = `nics.${network}`;
        return [[path, network] as const, [`${path}.ip`, ip] as const, [`${path}.ip6`, ip6] as const];
      }),
    ),
    ports: spec.ports.length === 0 ? undefined : singlePorts(spec.ports).map(portWords).toSorted(),
    'limits.memory': spec.limits.memory,
    'limits.cpu': spec.limits.cpu,
    'limits.pids': spec.limits.pids,
    'limits.io': spec.limits.io,
    restart: spec.restart,
  };
  return Object.entries(fields).flatMap(([path, after]) =>
    after === undefined ? [] : [{ path, before: undefined, after }],
  );
}

/** `data:/var/lib/data:ro` */
function volumeWords({ source, target, readonly }: ContainerSpec['volumes'][number]): string {
  return `${source.type === 'path' ? source.path : source.name}:${target}${readonly ? ':ro' : ''}`;
}

/** `127.0.0.1:8080->80/udp` */
export function portWords({ address, host, container, protocol }: ContainerSpec['ports'][number]): string {
  return `${address === undefined ? '' : `${address}:`}${host}->${container}${protocol === 'udp' ? '/udp' : ''}`;
}
