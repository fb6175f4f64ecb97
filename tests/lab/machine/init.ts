/** Names of the folders that a lab sees of this host, and where they are inside. */
export const sharesInside = { node: '/opt/node', checkout: '/opt/checkout' } as const;

/** Where the compiled programs are inside. */
export const programsInside = '/opt/nova';

const nineP = 'trans=virtio,version=9p2000.L,msize=512000,cache=loose,ro';

/** What runs first, in the initramfs: a root that can be written, over the one in the cache. */
export function firstInit(modules: readonly string[]): string {
  return `#!/bin/sh
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
for name in ${modules.join(' ')}; do insmod /modules/$name; done
mount -t 9p -o ${nineP} root /lower || echo "lab: the root cannot be mounted"
mount -t tmpfs -o mode=755 tmpfs /upper
mkdir /upper/upper /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/upper,workdir=/upper/work overlay /root
for name in ${Object.keys(sharesInside).join(' ')}; do
  mkdir -p /root/opt/$name
  mount -t 9p -o ${nineP} $name /root/opt/$name
done
mkdir -p /root${programsInside}
mv /programs/* /root${programsInside}/
for name in dev proc sys; do mount --move /$name /root/$name; done
exec switch_root /root ${programsInside}/init
`;
}

/** What runs then, as process 1: what systemd and udev do on other hosts, as far as Nova and the tests need it. */
export const secondInit = `#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
mkdir -p /dev/pts /dev/shm /dev/net /dev/vfio
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
for folder in /dev/shm /run /tmp; do mount -t tmpfs -o mode=1777 tmpfs $folder; done
chmod 755 /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t debugfs debugfs /sys/kernel/debug
ln -sfn /proc/self/fd /dev/fd
for name in stdin:0 stdout:1 stderr:2; do ln -s /proc/self/fd/\${name#*:} /dev/\${name%:*}; done
# Opening one of these loads its module.
mknod /dev/net/tun c 10 200
mknod /dev/loop-control c 10 237
mknod /dev/vfio/vfio c 10 196
hostname lab
ip link set lo up
ln -s ${sharesInside.node}/node /usr/local/bin/node
for port in /sys/class/virtio-ports/*; do
  [ "$(cat $port/name)" = lab.agent ] && device=/dev/\${port##*/}
done
node ${programsInside}/tests/lab/inside/agentMain.js $device &
agent=$!
# As udev does when it finds a processor that can; /dev/kvm comes with it.
modprobe --quiet kvm_amd &
# The shell also takes in every process whose parent has ended.
wait $agent
echo "lab: the agent ended with $?"
echo o > /proc/sysrq-trigger
while :; do sleep 1; done
`;
