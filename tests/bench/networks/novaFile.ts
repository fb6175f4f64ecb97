/** The subnet of the network with this number: 10.100.0.0/24 and on. */
export function subnetOf(index: number): string {
  return `10.${100 + Math.floor(index / 250)}.${index % 250}`;
}

/** Networks with nothing on them, each with its DNS server where `dns` says so. */
export function networksFile(count: number, keys: readonly string[] = []): string {
  const tables = Array.from({ length: count }, (_, index) =>
    [`[network.n${index}]`, `subnet = "${subnetOf(index)}.1/24"`, ...keys].join('\n'),
  );
  return `project = "bench"\n${tables.join('\n')}\n`;
}
