/** Debian's packages in the lab's root, beside the essential ones. Whoever adds one has the root built anew. */
export const rootPackages: readonly string[] = [
  // What a machine needs to be one.
  ...['busybox-static', 'kmod', 'mount', 'udev', 'e2fsprogs', 'libstdc++6'],
  // What Nova calls.
  ...[
    'attr',
    'conmon',
    'cpio',
    'crun',
    'dnsmasq-base',
    'gzip',
    'iproute2',
    'nftables',
    'runc',
    'skopeo',
    'umoci',
  ],
  ...['qemu-system-x86', 'qemu-utils'],
  // What only the lab can do: checkpoints, tunnels, devices.
  ...['criu', 'iptables', 'wireguard-tools', 'nvme-cli', 'pciutils'],
  // What tests look with.
  ...['curl', 'ethtool', 'iputils-ping', 'jq', 'procps', 'socat', 'strace', 'tcpdump'],
];

/** Always the newest of the release. The one for clouds has no VFIO, and is small: it runs in machines inside the lab. */
export const kernelPackages = { lab: 'linux-image-amd64', guest: 'linux-image-cloud-amd64' } as const;
