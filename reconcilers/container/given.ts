/** An address that a capsule was given last, and the way out: what is known of its inside while nobody can look there. */
export interface Given {
  readonly ip: string;
  readonly prefix: number;
  readonly gateway: string | undefined;
}

/** What it was given of both families. */
export interface GivenBoth {
  readonly given: Given | undefined;
  readonly given6: Given | undefined;
}

/** A line for each family: `10.0.0.2/24 via 10.0.0.1` */
export function formatGiven({ given, given6 }: GivenBoth): string {
  return [given, given6]
    .filter((one) => one !== undefined)
    .map(({ ip, prefix, gateway }) => `${ip}/${prefix}${gateway === undefined ? '' : ` via ${gateway}`}\n`)
    .join('');
}

/** Pure: undefined what it does not say. */
export function parseGiven(text: string | undefined): GivenBoth {
  const lines = (text ?? '').split('\n').flatMap((line) => {
    const [, ip, prefix, gateway] = /^([0-9a-f.:]+)\/([0-9]+)(?: via ([0-9a-f.:]+))?$/.exec(line) ?? [];
    return ip === undefined ? [] : [{ ip, prefix: Number(prefix), gateway }];
  });
  return {
    given: lines.find(({ ip }) => ip.includes('.')),
    given6: lines.find(({ ip }) => ip.includes(':')),
  };
}
