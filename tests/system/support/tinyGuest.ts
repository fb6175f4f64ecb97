import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { cpio, type Entry } from './cpio.ts';
import { must, run } from './shell.ts';

/** What a machine of a few megabytes starts from. */
export interface TinyGuest {
  readonly kernel: string;
  readonly initrd: string;
}

/** Outside of the checkout, so that the kernel is fetched once. */
const cache = '/var/cache/nova-test';

/**
 * A guest that is up in seconds: Debian's cloud kernel with a busybox that takes an address by DHCP, also on a card that
 * is plugged in later, serves a page, echoes on port 7,
 * says a hash of the credentials that it was given and `ready` on its serial console, and turns itself off when its power button is pressed. On a disk it counts its
 * starts.
 * @param folder where its initramfs is written
 */
export async function makeTinyGuest(folder: string): Promise<TinyGuest> {
  const root = await kernelFiles();
  const kernel = join(root, 'boot', only(readdirSync(join(root, 'boot')), /^vmlinuz-/));
  const initrd = join(folder, 'tiny.initrd');
  writeFileSync(initrd, tinyInitramfs(root));
  return { kernel, initrd };
}

/** @param root folder in which Debian's kernel for clouds is unpacked */
export function tinyInitramfs(root: string): Buffer {
  return gzipSync(cpio(initramfs(root)), { level: 1 });
}

async function kernelFiles(): Promise<string> {
  const root = join(cache, 'kernel');
  if (existsSync(root)) return root;
  mkdirSync(cache, { recursive: true });
  const unfinished = join(cache, `kernel-${process.pid}`);
  mkdirSync(unfinished);
  const name = (await kernelPackage()) ?? (await must(['apt-get', 'update', '-qq']).then(kernelPackage));
  if (name === undefined) throw new Error('apt knows no kernel for a cloud');
  await must(['apt-get', 'download', '-qq', name], { cwd: unfinished });
  await must(['dpkg-deb', '-x', only(readdirSync(unfinished), /\.deb$/), 'root'], { cwd: unfinished });
  renameSync(join(unfinished, 'root'), root);
  rmSync(unfinished, { recursive: true });
  return root;
}

/** The versioned package behind the one that always names the newest; undefined before apt has its lists. */
async function kernelPackage(): Promise<string | undefined> {
  const { stdout } = await run(['apt-cache', 'depends', '--important', 'linux-image-cloud-amd64']);
  return /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
}

/** In the order in which they need each other. */
const modules = [
  ...['virtio/virtio_ring', 'virtio/virtio', 'virtio/virtio_pci_legacy_dev', 'virtio/virtio_pci_modern_dev'],
  ...['virtio/virtio_pci', 'failover', 'net/net_failover', 'net/virtio_net', 'block/virtio_blk'],
  ...['input/evdev', 'acpi/button'],
];

function initramfs(root: string): readonly Entry[] {
  const versions = join(root, 'lib/modules');
  const kernel = join(versions, only(readdirSync(versions), /./), 'kernel');
  const place = (module: string) => (module === 'failover' ? 'net/core/failover' : `drivers/${module}`);
  const names = modules.map((module) => `${module.split('/').at(-1)}.ko`);
  return [
    ...['bin', 'dev', 'etc', 'modules', 'proc', 'sys', 'www', 'www/cgi-bin'].map((path) => ({
      path,
      mode: 0o040755,
    })),
    { path: 'bin/busybox', mode: 0o100755, content: readFileSync('/bin/busybox') },
    { path: 'bin/sh', mode: 0o120777, content: 'busybox' },
    ...modules.map((module, index) => ({
      path: `modules/${names[index]}`,
      mode: 0o100644,
      content: readFileSync(join(kernel, `${place(module)}.ko`)),
    })),
    { path: 'init', mode: 0o100755, content: init(names) },
    { path: 'bin/lease', mode: 0o100755, content: lease },
    { path: 'www/index.html', mode: 0o100644, content: 'hello from the machine\n' },
    { path: 'www/cgi-bin/link', mode: 0o100755, content: link },
    { path: 'www/cgi-bin/renew', mode: 0o100755, content: renew },
  ];
}

function init(names: readonly string[]): string {
  return `#!/bin/sh
busybox mount -t proc none /proc
busybox mount -t sysfs none /sys
busybox mount -t devtmpfs none /dev
busybox --install -s /bin
for name in ${names.join(' ')}; do insmod /modules/$name; done
ip link set lo up
if [ -b /dev/vda ]; then
  starts=$(dd if=/dev/vda bs=16 count=1 2>/dev/null | tr -dc 0-9)
  starts=$((\${starts:-0} + 1))
  printf "%-16s" "$starts" | dd of=/dev/vda conv=notrunc,fsync 2>/dev/null
  echo "this is start $starts on a disk of $(cat /sys/block/vda/size) blocks"
fi
connect() {
  ip link set eth0 up
  udhcpc -q -n -t 20 -T 1 -O mtu -i eth0 -s /bin/lease
}
card=
[ ! -e /sys/class/net/eth0 ] || { read card </sys/class/net/eth0/ifindex; connect; }
# A card that is plugged in later, or anew.
while sleep 1; do
  [ -e /sys/class/net/eth0 ] || continue
  last=$card
  read card </sys/class/net/eth0/ifindex
  [ "$card" = "$last" ] || connect
done &
strings /sys/firmware/dmi/tables/DMI | grep '^io.systemd' | sha256sum | sed 's/^/credentials /'
httpd -p 80 -h /www
nc -ll -p 7 -e /bin/cat &
echo ready
# A press of the power button is an input event.
for each in /sys/class/input/event*; do
  grep -q 'Power Button' $each/device/name && button=/dev/input/\${each##*/}
done
dd if=$button of=/dev/null bs=24 count=1 2>/dev/null
echo bye
sync
poweroff -f
`;
}

const lease = `#!/bin/sh
[ "$1" = bound ] || exit 0
[ -z "$mtu" ] || ip link set $interface mtu $mtu
ip addr add $ip/$mask dev $interface
[ -z "$router" ] || ip route add default via $router
echo "address $ip"
`;

/** What it knows of its card: whether it is still the same, and whether its link was ever lost. */
const link = `#!/bin/sh
cd /sys/class/net/eth0
printf '\\n{"index":%s,"changes":%s,"mtu":%s,' $(cat ifindex) $(cat carrier_changes) $(cat mtu)
printf '"mtu6":%s,"addresses6":"%s","way6":"%s"}' $(cat /proc/sys/net/ipv6/conf/eth0/mtu) \
  "$(ip -6 addr show dev eth0 scope global | grep -o 'inet6 [^ ]*')" "$(ip -6 route show default)"
`;

/** It asks its DHCP server again, as it would after a while. */
const renew = `#!/bin/sh
echo
udhcpc -q -n -t 20 -T 1 -O mtu -i eth0 -s /bin/lease 2>&1
`;

function only(names: readonly string[], pattern: RegExp): string {
  const [found] = names.filter((name) => pattern.test(name));
  if (found === undefined) throw new Error(`none of ${names.join(', ')} is ${String(pattern)}`);
  return found;
}
