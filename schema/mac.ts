import { meaning, text } from './values.ts';

/** An Ethernet address of one station, in lower case: `52:54:00:12:34:56`. */
export const macAddress = meaning(
  text,
  (value, refuse) => {
    const written = value.toLowerCase();
    const example = 'for example "52:54:00:12:34:56"';
    if (!/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/.test(written))
      return refuse('must be a MAC address: six bytes in hexadecimal, with colons between', example);
    // The lowest bit of the first byte says that it is a group's (IEEE 802).
    if (Number.parseInt(written.slice(0, 2), 16) % 2 === 1)
      return refuse('is the address of a group, as its first byte is odd', example);
    return written === '00:00:00:00:00:00' ? refuse('is nobody', example) : written;
  },
  { name: 'MAC address', pattern: '^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$' },
);
