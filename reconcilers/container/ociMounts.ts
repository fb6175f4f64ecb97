/** A folder or file of the host that a capsule sees. */
export interface Bind {
  readonly source: string;
  readonly target: string;
  readonly readonly: boolean;
}

interface OciMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

/** What every capsule has mounted, then its generated files, then its volumes. */
export function ociMounts(volumes: readonly Bind[], etc: string): readonly OciMount[] {
  const files = ['hosts', 'hostname', 'resolv.conf'];
  return [
    ...everyones,
    ...files.map((name) => bind({ source: `${etc}/${name}`, target: `/etc/${name}`, readonly: false })),
    ...volumes.map(bind),
  ];
}

const everyones: readonly OciMount[] = [
  mount('proc', '/proc', ['nosuid', 'noexec', 'nodev']),
  mount('tmpfs', '/dev', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
  mount('devpts', '/dev/pts', ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5']),
  mount('tmpfs', '/dev/shm', ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'], 'shm'),
  mount('mqueue', '/dev/mqueue', ['nosuid', 'noexec', 'nodev']),
  mount('sysfs', '/sys', ['nosuid', 'noexec', 'nodev', 'ro']),
  mount('cgroup', '/sys/fs/cgroup', ['nosuid', 'noexec', 'nodev', 'relatime', 'ro']),
];

function mount(type: string, destination: string, options: readonly string[], source = type): OciMount {
  return { destination, type, source, options };
}

export function bind({ source, target, readonly }: Bind): OciMount {
  return {
    destination: target,
    type: 'bind',
    source,
    options: ['rbind', 'rprivate', readonly ? 'ro' : 'rw'],
  };
}
