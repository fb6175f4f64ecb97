/** The address that a capsule was given last, and the way out: what is known of its inside while nobody can look there. */
export interface Given {
  readonly ip: string;
  readonly prefix: number;
  readonly gateway: string | undefined;
}

/** `10.0.0.2/24 via 10.0.0.1` */
export function formatGiven({ ip, prefix, gateway }: Given): string {
  return `${ip}/${prefix}${gateway === undefined ? '' : ` via ${gateway}`}`;
}

/** Pure: undefined when it does not say. */
export function parseGiven(text: string | undefined): Given | undefined {
  const [, ip, prefix, gateway] = /^([0-9.]+)\/([0-9]+)(?: via ([0-9.]+))?\s*$/.exec(text ?? '') ?? [];
  return ip === undefined ? undefined : { ip, prefix: Number(prefix), gateway };
}
