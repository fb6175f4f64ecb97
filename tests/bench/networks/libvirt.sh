#!/bin/sh
# libvirt.sh COUNT: makes and takes away so many networks by libvirt, and prints how many ms each took.
# To be run in mount and network namespaces of its own (unshare --mount --net): what libvirt writes goes to memory alone.
set -eu
count=$1
for folder in /run /var/lib /var/log /var/cache; do mount -t tmpfs tmpfs $folder; done
mkdir -p /run/upper /run/work /run/libvirt /var/lib/misc /run/xml
mount -t overlay -o lowerdir=/etc,upperdir=/run/upper,workdir=/run/work overlay /etc
ip link set dev lo up
libvirtd --pid-file /run/libvirtd.pid >/run/libvirtd.log 2>&1 &
daemon=$!
trap 'kill $daemon' EXIT
virsh='virsh --quiet --connect network:///system'
n=0
until $virsh net-list >/dev/null 2>/run/why; do
  n=$((n + 1))
  [ $n -lt 100 ] || { cat /run/why /run/libvirtd.log >&2; exit 1; }
  sleep 0.1
done
n=0
while [ $n -lt "$count" ]; do
  printf '<network><name>v%s</name><forward mode="nat"/><bridge name="v%s"/><ip address="10.%s.%s.1" netmask="255.255.255.0"/></network>\n' \
    $n $n $((100 + n / 250)) $((n % 250)) >/run/xml/$n.xml
  echo "net-create /run/xml/$n.xml" >>/run/create
  echo "net-destroy v$n" >>/run/destroy
  n=$((n + 1))
done
now() { echo $(($(date +%s%N) / 1000000)); }
# One virsh for all of them, as it is quicker so.
begun=$(now)
$virsh </run/create >/run/out 2>&1
made=$(now)
[ "$($virsh net-list --name | grep -c .)" = "$count" ] || { cat /run/out >&2; exit 1; }
between=$(now)
$virsh </run/destroy >/run/out 2>&1
gone=$(now)
[ "$($virsh net-list --name | grep -c .)" = 0 ] || { cat /run/out >&2; exit 1; }
echo $((made - begun)) $((gone - between))
