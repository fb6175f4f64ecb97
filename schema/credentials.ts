import { z } from 'zod';

import { quote } from './problem.ts';
import { onlySecret } from './secret.ts';
import { meaning } from './values.ts';

const most = 255;

/** Secrets that a machine is given, by the name that it knows them by. */
export const credentials = meaning(z.record(z.string(), onlySecret), (table, refuse) => {
  const names = Object.keys(table);
  // SMBIOS counts them in one byte.
  if (names.length > most) return refuse(`are ${names.length}, and a machine is given ${most} at most`);
  const wrong = names.find((name) => !/^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/.test(name));
  if (wrong === undefined) return table;
  const example = 'for example credentials = { "db-password" = { secret = "db" } }';
  return refuse(`names ${quote(wrong)}: letters, digits, . _ and -`, example);
});
