import type { ContainerSpec } from '../../../schema/container.ts';
import type { Resource } from '../../../schema/manifest.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import {
  desiredBundle,
  desiredNetwork,
  desiredRecords,
  desiredRules,
  placeOf,
} from '../../../reconcilers/container/desired.ts';
import { containerPaths } from '../../../reconcilers/container/paths.ts';
import { plainConfig } from '../../../reconcilers/container/ociImage.ts';
import type { Image } from '../../../reconcilers/container/readImage.ts';
import type { ContainerSeen } from '../../../reconcilers/container/seen.ts';
import { scopeOf } from '../../../reconcilers/identity.ts';
import type { Dependencies } from '../../../reconcilers/reconciler.ts';

export const scope = scopeOf(undefined, '/var/lib/nova');
export const place = placeOf({ scope, project: 'demo' }, 'container.web', 'amd64');

const lan: NetworkSpec = {
  type: 'bridge',
  profile: 'nat',
  subnet: '10.0.0.1/24',
  dns: true,
  domain: 'lan.internal',
  mtu: 1500,
};

export const deps: Dependencies = {
  spec: ((kind: string, name: string) =>
    kind === 'network' && name === 'lan' ? lan : undefined) as Dependencies['spec'],
  outputs: (address) => (address === 'container.db' ? { ip: '10.0.0.9' } : undefined),
  ip: (address) => (address === 'container.web' ? '10.0.0.2' : undefined),
};

/** A container that uses everything there is. */
export function declared(changed: Partial<ContainerSpec> = {}): Resource<'container'> {
  const spec: ContainerSpec = {
    capsule: { type: 'path', path: '/srv/root' },
    command: ['serve', '${container.db.ip}'],
    env: { GREETING: 'hello', DB: '${container.db.ip}' },
    hostname: 'web',
    volumes: [{ source: { type: 'volume', name: 'pages' }, target: '/srv', readonly: false }],
    network: { name: 'lan' },
    ports: [{ host: 8080, container: 80, protocol: 'tcp' }],
    limits: { memory: 64 * 2 ** 20, cpu: 0.5, pids: 50 },
    restart: 'always',
    stop_timeout: 10,
    state: 'running',
    ...changed,
  };
  const at = { file: 'NovaFile.toml', line: 1, column: 1 };
  return { address: 'container.web', kind: 'container', name: 'web', spec, at, dependsOn: [] };
}

export const image: Image = {
  from: '/srv/root',
  lower: '/srv/root',
  digest: undefined,
  config: plainConfig,
  user: { uid: 0, gid: 0 },
};

/** What is seen of a container that is as declared. */
export function converged(resource = declared(), of: Image = image): ContainerSeen {
  const paths = containerPaths(scope, place.identity);
  const network = desiredNetwork(place, resource, deps);
  const rules = desiredRules(resource, deps).map((rule, index) => ({ ...rule, handle: index + 1 }));
  const { memory, cpu, pids, io } = resource.spec.limits;
  return {
    ...place,
    image: of,
    before: undefined,
    named: true,
    phase: 'running',
    process: { pid: 100, startTime: 1 },
    attached: true,
    exit: undefined,
    log: [],
    conmon: true,
    unwatched: false,
    busy: true,
    link: network && { up: true, master: network.bridge, mtu: network.mtu, hairpin: network.hairpin },
    inside: {
      linked: network !== undefined,
      addresses: network?.address === undefined ? [] : [network.address.ip],
      addresses6: network?.address6 === undefined ? [] : [network.address6.ip],
      prefixes: Object.fromEntries(
        [network?.address, network?.address6].flatMap((each) => (each ? [[each.ip, each.prefix]] : [])),
      ),
      gateway: network?.address?.gateway,
      gateway6: network?.address6?.gateway,
      deleted: [],
    },
    records: desiredRecords(place, resource, deps),
    given: network?.address,
    given6: network?.address6,
    rules: { scaffold: true, rules, misplaced: [] },
    root: { lower: of.lower, upper: paths.upper },
    upperOf: of.lower,
    config: desiredBundle(place, resource, of, deps)?.config,
    restart: { policy: resource.spec.restart, stopTimeout: resource.spec.stop_timeout },
    limits: { memory, cpu, pids, io },
  };
}

/** As it is when its process has ended. */
export function ended(status: number | undefined, resource = declared()): ContainerSeen {
  const phase = status === undefined ? 'gone' : 'exited';
  const still = {
    process: undefined,
    attached: false,
    conmon: false,
    busy: false,
    inside: undefined,
    limits: undefined,
  };
  return { ...converged(resource), ...still, phase, exit: status };
}
