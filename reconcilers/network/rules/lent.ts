import { payload } from './statements.ts';

/** What somebody who lends addresses sends, by DHCP and DHCPv6: an answer, and no connection that was ever opened. */
export const lentBy: readonly (readonly unknown[])[] = [
  [payload('udp', 'sport', 67), payload('udp', 'dport', 68)],
  [payload('udp', 'sport', 547), payload('udp', 'dport', 546)],
];

/** What routers tell and ask everybody: who they are, and who listens to what. */
export const toldByRouters: readonly (readonly unknown[])[] = [
  [payload('icmpv6', 'type', 'nd-router-advert')],
  [payload('icmpv6', 'type', 'mld-listener-query')],
  [payload('ip', 'protocol', 'igmp')],
];
