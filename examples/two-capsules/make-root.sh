#!/bin/sh
# Makes ./root: one static busybox under all of its names. Needs Debian's package busybox-static.
set -eu
cd "$(dirname "$0")"
busybox=$(command -v busybox)
rm -rf root
mkdir -p root/bin root/dev root/etc root/proc root/srv root/sys root/tmp
cp "$busybox" root/bin/busybox
for name in $("$busybox" --list); do
  [ "$name" = busybox ] || ln -s busybox "root/bin/$name"
done
echo 'root:x:0:0:root:/:/bin/sh' > root/etc/passwd
