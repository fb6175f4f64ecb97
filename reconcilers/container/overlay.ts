/**
 * Lower and upper folder in the options of an overlay mount, as the kernel prints them; undefined when it has not
 * exactly one of each.
 */
export function parseOverlay(
  options: string,
): { readonly lower: string; readonly upper: string } | undefined {
  const values = new Map(options.split(',').map((option) => split(option)));
  const lower = values.get('lowerdir') ?? values.get('lowerdir+');
  const upper = values.get('upperdir');
  return lower === undefined || upper === undefined ? undefined : { lower, upper };
}

function split(option: string): [string, string] {
  const at = option.indexOf('=');
  return at === -1 ? [option, ''] : [option.slice(0, at), option.slice(at + 1)];
}
