/** The file descriptor that a program gets a macvtap by. */
export const macvtapDescriptor = 3;

/**
 * A command that runs another one with a macvtap of its namespace open. A macvtap is used through a character device of its
 * own (Linux, drivers/net/macvtap.c). Its node in `/dev` is called by the index of the link, which links of several
 * namespaces may share, and is not there where `/dev` is no devtmpfs. So the numbers are read in a sysfs of this namespace, and a
 * node is made, opened and removed at once. Its name stays to be read in `/proc/PID/fd` ({@link macvtapOf}).
 */
export function withMacvtap(link: string, argv: readonly string[]): readonly [string, ...string[]] {
  return ['sh', '-ec', script, 'sh', link, ...argv];
}

const script = `
link=$1
shift
found=$(unshare --mount sh -ec 'mount -t sysfs none /sys; cd "/sys/class/net/$0/macvtap"/tap*; echo "\${PWD##*/tap} $(cat dev)"' "$link")
node="/dev/$link@\${found% *}"
numbers=\${found#* }
rm -f "$node"
mknod -m 600 "$node" c "\${numbers%:*}" "\${numbers#*:}"
exec ${macvtapDescriptor}<>"$node"
rm "$node"
exec "$@"
`;

/** Pure: what a link in `/proc/PID/fd` says of a macvtap, as `nv1f0c5e6d7a4c@7`; undefined for other files. */
export function macvtapOf(target: string): string | undefined {
  return /^\/dev\/(nv[0-9a-f]{12}@\d+)(?: \(deleted\))?$/.exec(target)?.[1];
}

/** What a process calls the macvtap of a link that it has open. */
export function macvtapName({ name, index }: { readonly name: string; readonly index: number }): string {
  return `${name}@${index}`;
}
