import { z } from 'zod';

import { key } from './key.ts';
import { quote } from './problem.ts';
import { suggest } from './suggest.ts';
import { meaning, text } from './values.ts';

/** Of linux/capability.h, without `CAP_`. */
const known = [
  'AUDIT_CONTROL',
  'AUDIT_READ',
  'AUDIT_WRITE',
  'BLOCK_SUSPEND',
  'BPF',
  'CHECKPOINT_RESTORE',
  'CHOWN',
  'DAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'FOWNER',
  'FSETID',
  'IPC_LOCK',
  'IPC_OWNER',
  'KILL',
  'LEASE',
  'LINUX_IMMUTABLE',
  'MAC_ADMIN',
  'MAC_OVERRIDE',
  'MKNOD',
  'NET_ADMIN',
  'NET_BIND_SERVICE',
  'NET_BROADCAST',
  'NET_RAW',
  'PERFMON',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYSLOG',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_CHROOT',
  'SYS_MODULE',
  'SYS_NICE',
  'SYS_PACCT',
  'SYS_PTRACE',
  'SYS_RAWIO',
  'SYS_RESOURCE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
  'WAKE_ALARM',
] as const;

function capability(words: readonly string[]) {
  return meaning(
    text,
    (value, refuse) => {
      const name = value.toUpperCase().replace(/^CAP_/, '');
      if (words.includes(name)) return name;
      const meant = suggest(name, words);
      const hint =
        meant === undefined ? 'capabilities(7) lists them: "NET_ADMIN"' : `did you mean "${meant}"?`;
      return refuse(`is ${quote(value)}, which is no capability of the kernel`, hint);
    },
    { name: 'capability', pattern: '^[A-Za-z_]+$' },
  );
}

/** What of root's power a capsule has. */
export const capabilities = z
  .strictObject({
    add: key(z.array(capability(known)).readonly().default([]), {
      what: 'Capabilities that it has beside the usual ones, as `NET_ADMIN`.',
      example: 'capabilities = { add = ["NET_ADMIN"] }',
    }),
    drop: key(
      z
        .array(capability(['ALL', ...known]))
        .readonly()
        .default([]),
      {
        what: 'Those of the usual ones that it has not; `ALL` for none of them.',
        example: 'capabilities = { drop = ["ALL"], add = ["NET_BIND_SERVICE"] }',
      },
    ),
  })
  .readonly();
