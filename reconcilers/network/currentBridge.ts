/**
 * The name that the bridge of a network has on the host.
 * @param seen what `observe` found of a network
 */
export function currentBridge(seen: unknown): string | undefined {
  return hasLink(seen) ? seen.link?.name : undefined;
}

function hasLink(seen: unknown): seen is { readonly link: { readonly name: string } | undefined } {
  return typeof seen === 'object' && seen !== null && 'link' in seen && 'dnsmasq' in seen;
}
