import { sensitive } from '../../schema/sensitive.ts';
import type { HostView } from '../host/host.ts';
import { macvtapName } from '../host/openMacvtap.ts';
import type { Link, Process } from '../host/view.ts';
import { isTombstone } from '../forgotten.ts';
import { readRecord } from '../gpu/record.ts';
import { formerName, linkName } from '../identity.ts';
import { memberFile, networkPaths, networksFolder } from '../network/paths.ts';
import type { Place } from '../place.ts';
import { linkSeen } from './macvtap.ts';
import { nicName } from './nic.ts';
import { vmPaths } from './paths.ts';
import { readArgs } from './readArgs.ts';
import type { Configuration, Phase, Placed, VmSeen } from './seen.ts';

/** What is on the host of one machine; undefined: nothing at all. */
export async function lookAt(view: HostView, place: Place): Promise<VmSeen | undefined> {
  const { scope, identity } = place;
  const paths = vmPaths(scope, identity);
  const [processes, links, members, disk, accelerator, credentials, taken, ...texts] = await Promise.all([
    view.processes(),
    view.links(),
    readMembers(view, identity, scope),
    view.disk(paths.disk),
    view.accelerator(),
    readCredentials(view, paths.credentials),
    readRecord(view, identity),
    ...[paths.runOwner, paths.dataOwner, paths.diskMark, paths.stopTimeout].map((path) => view.read(path)),
  ]);
  const [runOwner, dataOwner, diskOf, stopTimeout] = texts;
  const link = links.find(({ name }) => name === linkName(identity));
  const process = findQemu(processes.values(), identity);
  const busy = isBusy(processes.values(), paths.cgroup);
  const { records, reservations } = members;
  const traces = [runOwner, dataOwner, diskOf, disk, link, process, records[0], reservations[0], taken];
  if (!busy && traces.every((trace) => trace === undefined)) return undefined;
  const runs = process && readArgs(process.argv);
  const { phase, nic } = await ask(view, process, paths.qmp, runs);
  const leftover = process === undefined && (await view.stat(paths.pid)) !== undefined;
  return {
    ...place,
    phase,
    process: process && { pid: process.pid, startTime: process.startTime },
    home: process !== undefined && isIn(process.cgroup, paths.cgroup),
    busy,
    ...(leftover ? { leftover } : {}),
    runs,
    credentials,
    nic,
    attached: process !== undefined && link !== undefined && (await holds(view, process, link)),
    link: link && linkSeen(link),
    records,
    reservations,
    disk,
    diskOf: diskOf?.trim(),
    was: [link?.alias, runOwner, dataOwner, taken?.mark]
      .map((text) => formerName(text?.trim(), place))
      .find((name) => name !== undefined),
    ...([runOwner, dataOwner].some(isTombstone) ? { forgotten: true } : {}),
    owned: runOwner !== undefined && dataOwner !== undefined,
    stopTimeout: stopTimeout === undefined ? undefined : Number(stopTimeout),
    accelerator,
  };
}

async function holds(view: HostView, { pid }: Process, link: Link): Promise<boolean> {
  return (await view.taps(pid)).includes(link.kind === 'macvtap' ? macvtapName(link) : link.name);
}

/** What is known of one of which nothing is there: the devices that it would have. */
export function absentWith(place: Place, gpus: VmSeen['gpus']): { readonly seen?: VmSeen } {
  if (gpus === undefined) return {};
  const nothing = { process: undefined, home: false, busy: false, runs: undefined } as const;
  const none = {
    nic: false,
    attached: false,
    link: undefined,
    disk: undefined,
    diskOf: undefined,
    stopTimeout: undefined,
  } as const;
  const empty = { phase: 'off', credentials: {}, records: [], reservations: [], owned: false } as const;
  return { seen: { ...place, ...nothing, ...none, ...empty, accelerator: undefined, gpus } };
}

/** Pure: nothing of it is there, but for what tells which devices it would have. */
export function isAbsent({ process, owned, busy, link, disk, diskOf, gpus, ...seen }: VmSeen): boolean {
  const { records, reservations, forgotten } = seen;
  const traces = [process, link, disk, diskOf, gpus?.record, forgotten, records[0], reservations[0]];
  return gpus !== undefined && !owned && !busy && traces.every((trace) => trace === undefined);
}

async function readCredentials(view: HostView, folder: string): Promise<VmSeen['credentials']> {
  const names = (await view.list(folder)) ?? [];
  const read = names.map(
    async (name) => [name, sensitive(name, (await view.read(`${folder}/${name}`)) ?? '')] as const,
  );
  return Object.fromEntries(await Promise.all(read));
}

/**
 * Pure: the QEMU that bears the identity, wherever it is. While one is being started there may be two: what starts it,
 * and itself.
 */
export function findQemu(processes: Iterable<Process>, identity: string): Process | undefined {
  const found = [...processes].filter(
    ({ argv }) => isQemu(argv) && argv[argv.indexOf('-uuid') + 1] === identity,
  );
  return found.toSorted((a, b) => b.startTime - a.startTime)[0];
}

function isQemu([program = '', ...words]: readonly string[]): boolean {
  return /(?:^|\/)qemu-system-[\w-]+$/.test(program) && words.includes('-uuid');
}

/** What only QEMU itself can tell: one that says how it runs, and not what it has, does not answer. */
async function ask(
  view: HostView,
  process: Process | undefined,
  qmp: string,
  runs: Configuration | undefined,
): Promise<Pick<VmSeen, 'phase' | 'nic'>> {
  const phase = await phaseOf(view, process, qmp);
  if (runs?.nicPort !== true) return { phase, nic: runs?.fixedNic ?? false };
  if (phase === 'signalled' || phase === 'mute') return { phase, nic: undefined };
  const names = await view.peripherals(qmp);
  return names === undefined ? { phase: 'mute', nic: undefined } : { phase, nic: names.includes(nicName) };
}

async function phaseOf(view: HostView, process: Process | undefined, qmp: string): Promise<Phase> {
  if (process === undefined) return 'off';
  if (process.state === 'T') return 'signalled';
  const status = await view.qmp(qmp);
  if (status === undefined) return 'mute';
  if (status === 'running') return 'running';
  return lost.has(status) ? 'failed' : 'paused';
}

/** Run states (QEMU, qapi/run-state.json) from which `cont` does not lead back. */
const lost: ReadonlySet<string> = new Set(['internal-error', 'guest-panicked', 'shutdown', 'postmigrate']);

/** Whether anything lives in its home, or below it. */
export function isBusy(processes: Iterable<Process>, home: string): boolean {
  return [...processes].some(({ cgroup }) => isIn(cgroup, home));
}

function isIn(cgroup: string, folder: string): boolean {
  return cgroup === folder || cgroup.startsWith(`${folder}/`);
}

/** Its DNS records and DHCP reservations, in whichever networks they are. */
export async function readMembers(
  view: HostView,
  identity: string,
  scope: Place['scope'],
): Promise<{ readonly records: readonly Placed[]; readonly reservations: readonly Placed[] }> {
  const networks = ((await view.list(networksFolder(scope))) ?? []).map((network) =>
    networkPaths(scope, network),
  );
  const find = async (folders: readonly string[]): Promise<readonly Placed[]> => {
    const found = await Promise.all(
      folders.map(async (folder) => {
        if (!(await view.list(folder))?.includes(identity)) return [];
        const path = memberFile(folder, identity);
        const text = await view.read(path);
        return text === undefined ? [] : [{ path, text }];
      }),
    );
    return found.flat();
  };
  const [records, reservations] = await Promise.all([
    find(networks.map(({ hosts }) => hosts)),
    find(networks.map(({ dhcpHosts }) => dhcpHosts)),
  ]);
  return { records, reservations };
}
