/**
 * System calls that a capsule has no business with, refused with EPERM: they change the machine (its clock, modules,
 * swap, kernel), reach around namespaces, or have a history of holes. Capabilities refuse most of them already; this is
 * the second lock.
 */
const denied = [
  ...['acct', 'add_key', 'bpf', 'clock_adjtime', 'clock_adjtime64', 'clock_settime', 'clock_settime64'],
  ...[
    'create_module',
    'delete_module',
    'finit_module',
    'fsconfig',
    'fsmount',
    'fsopen',
    'fspick',
    'get_kernel_syms',
  ],
  ...['init_module', 'io_uring_enter', 'io_uring_register', 'io_uring_setup', 'ioperm', 'iopl', 'kcmp'],
  ...['kexec_file_load', 'kexec_load', 'keyctl', 'lookup_dcookie', 'mount', 'mount_setattr', 'move_mount'],
  ...['nfsservctl', 'open_by_handle_at', 'open_tree', 'perf_event_open', 'pivot_root', 'process_vm_readv'],
  ...[
    'process_vm_writev',
    'query_module',
    'quotactl',
    'quotactl_fd',
    'reboot',
    'request_key',
    'setns',
    'settimeofday',
  ],
  ...[
    'stime',
    'swapoff',
    'swapon',
    'sysfs',
    '_sysctl',
    'umount',
    'umount2',
    'unshare',
    'uselib',
    'userfaultfd',
  ],
  ...['ustat', 'vm86', 'vm86old'],
];

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET (clone(2)). */
const newNamespaces = 0x7e020000;

const architectures: Readonly<Record<string, readonly string[]>> = {
  amd64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
};

/**
 * The filter in the words of the OCI runtime specification (`config-linux.md#seccomp`).
 * @param architecture as Go names it
 */
export function seccompFilter(architecture: string): object {
  const errno = (names: readonly string[], errnoRet: number): object => ({
    names,
    action: 'SCMP_ACT_ERRNO',
    errnoRet,
  });
  return {
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures: architectures[architecture] ?? [],
    syscalls: [
      errno(denied, EPERM),
      // Its flags are behind a pointer, which a filter cannot follow: libraries fall back to clone on ENOSYS.
      errno(['clone3'], ENOSYS),
      ...oneEach(newNamespaces).map((flag) => ({
        ...errno(['clone'], EPERM),
        args: [{ index: 0, value: flag, valueTwo: flag, op: 'SCMP_CMP_MASKED_EQ' }],
      })),
    ],
  };
}

const EPERM = 1;
const ENOSYS = 38;

/** A filter matches a whole mask only, so that each flag needs a rule of its own. */
function oneEach(mask: number): readonly number[] {
  return Array.from({ length: 32 }, (_, bit) => 2 ** bit).filter((flag) => Math.floor(mask / flag) % 2 === 1);
}
