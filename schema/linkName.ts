import { quote } from './problem.ts';
import { meaning, text } from './values.ts';

/** A network interface of the host, by a name that the kernel can carry (`dev_valid_name` in net/core/dev.c). */
export const linkName = meaning(
  text,
  (value, refuse) => {
    const hint = 'as `ip link` prints it: "enp6s0"';
    if (value.length > 15)
      return refuse(`must have at most 15 characters, and ${quote(value)} has more`, hint);
    if (value.endsWith('*'))
      return refuse(
        'must not end with `*`, which to the packet filter is any interface of such a name',
        hint,
      );
    if (value === '.' || value === '..' || !/^[!-9;-~]+$/.test(value) || value.includes('/'))
      return refuse('must be the name of a network interface', hint);
    return value === 'lo' ? refuse('must not be the loopback interface', hint) : value;
  },
  { name: 'interface', pattern: '^[!-.0-9;-~]{0,14}[!-)+-.0-9;-~]$' },
);
