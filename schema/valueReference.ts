/** How values are written that several keys have. A test finds each by its name. */
export const formValues: readonly { readonly name: string; readonly what: string }[] = [
  {
    name: 'size',
    what: 'Bytes: a whole number, or text with a unit: `"256Mi"` (binary: Ki Mi Gi Ti) or `"256M"` (decimal: K M G T).',
  },
  {
    name: 'duration',
    what: 'Seconds: a number, or text with a unit: `"500ms"`, `"10s"`, `"2m"`, `"6h"`, `"1d"`.',
  },
  { name: 'IPv4 address', what: '`"192.168.77.9"`' },
  { name: 'IPv6 address', what: '`"fd00:77::9"`' },
  { name: 'IPv4 subnet', what: 'The host\'s own address in it, with the prefix: `"192.168.77.1/24"`.' },
  { name: 'IPv6 subnet', what: 'The host\'s own address in it, with the prefix: `"fd00:77::1/64"`.' },
  { name: 'range', what: 'Two addresses, both included: `"192.168.77.50-192.168.77.150"`.' },
  { name: 'MAC address', what: '`"52:54:00:12:34:56"`' },
  { name: 'interface', what: 'As `ip link` prints it: `"enp6s0"`.' },
  {
    name: 'published port',
    what: 'The host\'s port, a colon, and the capsule\'s: `"8080:80"`; with an address, `"127.0.0.1:8080:80"`; with a protocol, `"53:53/udp"`; a range, `"8000-8010:80-90"`.',
  },
  { name: 'forward', what: 'The host\'s port, an arrow, and to whom it leads: `"8080 -> vm.web:80"`.' },
  { name: 'rule', what: 'Who, an arrow, and to whom: `"container.api -> vm.db:5432"`.' },
  { name: 'PCI address', what: 'As `lspci -D` prints it: `"0000:01:00.0"`; the domain may be left out.' },
  {
    name: 'path',
    what: 'A path on the host; a relative one is seen from the file that it is written in: `"./rootfs"`.',
  },
  {
    name: 'mount',
    what: 'Source, target, and `ro` where nothing is to be written: `"data:/srv/data"`, `"./api:/srv/api:ro"`.',
  },
];
