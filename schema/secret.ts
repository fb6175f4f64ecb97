import { z } from 'zod';

import { type Sensitive, sensitive } from './sensitive.ts';
import { meaning, type Refuse, text } from './values.ts';

const secretName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

const name = meaning(
  text,
  (value, refuse) => {
    if (secretName.test(value)) return value;
    return refuse('must be the name of a secret', 'letters, digits, _ and -: "db-password"');
  },
  { name: 'secret name', pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$' },
);

const Named = z.strictObject({ secret: z.string().regex(secretName) });

const table = z.record(z.string(), z.unknown());

/** `{ secret = "db-password" }`; its value is read when planning. */
export const secret = meaning(table, readNamed, { name: 'secret' });

/** As {@link secret}, where nothing else can stand. What was written in its place is not repeated: it may be the value. */
export const onlySecret = meaning(z.unknown(), readNamed, { name: 'secret' });

function readNamed(written: unknown, refuse: Refuse): Sensitive {
  const read = Named.safeParse(written);
  if (read.success) return sensitive(read.data.secret);
  return refuse(
    'must be the name of a secret and nothing else',
    '{ secret = "db-password" }: letters, digits, _ and -',
    { veiled: true },
  );
}

const path = meaning(
  text,
  (value, refuse) => {
    if (value === '') return refuse('must name a file', 'for example "./secrets.age"');
    if (!value.startsWith('~')) return value;
    return refuse('must not start with ~', 'write the whole path, or one from the NovaFile: "./secrets.age"');
  },
  { name: 'path', pattern: '^[^~]' },
);

const variable = meaning(
  text,
  (value, refuse) => {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(value)) return value;
    return refuse('must be the name of an environment variable', 'for example "DB_PASSWORD"');
  },
  { name: 'environment variable', pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
);

const recipient = meaning(
  text,
  (value, refuse) => {
    if (/^age1[0-9a-z]+$/.test(value)) return value;
    return refuse('must be an age recipient', 'it starts with "age1"; `age-keygen -y FILE` prints it');
  },
  { name: 'age recipient', pattern: '^age1[0-9a-z]+$' },
);

/** The table `[secrets]` as it is written: where values of secrets come from. */
export const SecretsTable = z.strictObject({
  /** The age-encrypted file that has all those that `from` does not name. Default `./secrets.age`. */
  file: path.default('./secrets.age'),
  /** File with the age identity that reads it. Default: NOVA_IDENTITY, NOVA_IDENTITY_FILE, or `/etc/nova/identity`. */
  identity: path.exactOptional(),
  /** Who can read it, as `age1…`; `nova secret` encrypts for them. Default: the identity alone. */
  recipients: z.array(recipient).min(1).readonly().exactOptional(),
  /** Those from elsewhere: `{ env = "DB_PASSWORD" }`, or the whole content of `{ path = "./tls.key" }`. */
  from: z
    .record(
      name,
      z.union([z.strictObject({ env: variable }).readonly(), z.strictObject({ path }).readonly()]),
    )
    .readonly()
    .default({}),
});

/** Where values of secrets come from, paths absolute. */
export type SecretSources = Readonly<z.output<typeof SecretsTable>>;
