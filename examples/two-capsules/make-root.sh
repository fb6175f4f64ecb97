#!/bin/sh
# Makes ./root: one static busybox under all of its names. Needs Debian's package busybox-static, and to be root.
set -eu
cd "$(dirname "$0")"
rm -rf root
mkdir -p root/bin root/dev root/etc root/proc root/srv root/sys root/tmp
cp "$(command -v busybox)" root/bin/busybox
chroot root /bin/busybox --install -s /bin
echo 'root:x:0:0:root:/:/bin/sh' > root/etc/passwd
