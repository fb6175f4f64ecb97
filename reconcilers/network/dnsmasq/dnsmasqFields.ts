/** Pure: what a configuration of dnsmasq says, in the NovaFile's words as far as it has one for the line. */
export function dnsmasqFields(config: string): ReadonlyMap<string, unknown> {
  const domain = /^domain=(.*)$/m.exec(config)?.[1];
  const range = /^dhcp-range=([0-9.]+),([0-9.]+),/m.exec(config);
  const range6 = /^dhcp-range=([0-9a-f]*:[^,\n]*),([0-9a-f]*:[^,\n]*),/m.exec(config);
  const router = /^dhcp-option=option:router,(.*)$/m.exec(config)?.[1];
  const services = [...config.matchAll(/^srv-host=(_[^.,]+\._[^.,]+\.[^.,]+),[^,]*,([0-9]+)$/gm)];
  const entries: readonly (readonly [string, unknown])[] = [
    ['dns', !/^port=0$/m.test(config)],
    ['mtu', Number(/^dhcp-option=option:mtu,(\d+)$/m.exec(config)?.[1] ?? 1500)],
    ['ra', /^enable-ra$/m.test(config)],
    ['domain', domain],
    ['gateway', router],
    ['services', services.map(([, name, port]) => `${name}:${port}`).join(', ') || undefined],
    ['dhcp_range', range === null ? undefined : `${range[1]}-${range[2]}`],
    ['dhcp_range6', range6 === null ? undefined : `${range6[1]}-${range6[2]}`],
  ];
  return new Map(entries.filter(([, value]) => value !== undefined));
}
