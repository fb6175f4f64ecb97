#!/bin/sh
# Makes .cache/vmlinuz and .cache/modules: Debian's kernel for clouds and the drivers that the guest needs, from the
# package that apt fetches and checks. Nothing is installed. What is there already stays.
set -eu
cd "$(dirname "$0")"
modules='virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci failover net_failover virtio_net evdev button'
meta="linux-image-cloud-$(dpkg --print-architecture)"

if test -e .cache/vmlinuz; then exit 0; fi
rm -rf .cache
mkdir -p .cache/package .cache/modules
trap 'rm -rf .cache/package' EXIT

# The package of that name only names the newest one.
fetch() {
  package=$(apt-cache depends "$meta" 2> /dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
  test -n "$package" || return 1
  echo "fetching $package with apt-get, to be unpacked, not installed"
  (cd .cache/package && apt-get download -qq -o APT::Sandbox::User=root "$package")
}

if ! fetch; then
  echo 'fetching the list of packages with apt-get update, and trying again'
  apt-get update -qq
  if ! fetch; then
    echo "apt cannot fetch $meta. Next: see that /etc/apt names Debian's archive" >&2
    exit 1
  fi
fi
dpkg-deb -x .cache/package/*.deb .cache/package/files

for module in $modules; do
  file=$(find .cache/package/files -name "$module.ko" -o -name "$module.ko.xz" -o -name "$module.ko.zst")
  case $file in
    '') : > ".cache/modules/$module.ko" ;; # built into this kernel
    *.xz) xz --decompress --stdout "$file" > ".cache/modules/$module.ko" ;;
    *.zst) zstd --decompress --stdout --quiet "$file" > ".cache/modules/$module.ko" ;;
    *) cp "$file" ".cache/modules/$module.ko" ;;
  esac
done
# Last, as it says that everything is there.
cp .cache/package/files/boot/vmlinuz-* .cache/vmlinuz.new
mv .cache/vmlinuz.new .cache/vmlinuz
