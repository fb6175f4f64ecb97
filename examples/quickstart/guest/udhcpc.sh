#!/bin/busybox sh
# What udhcpc calls with the lease that it was given.
test "$1" = bound || test "$1" = renew || exit 0
ip address replace "$ip/$mask" dev "$interface"
test -z "$router" || ip route replace default via "$router"
: > /etc/resolv.conf
test -z "$domain" || echo "search $domain" >> /etc/resolv.conf
for server in $dns; do
  echo "nameserver $server" >> /etc/resolv.conf
done
