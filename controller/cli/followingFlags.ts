/** The options of `watch` and `controller` alone; what they mean is worked out there. */
export const followingFlags = {
  once: { type: 'boolean' },
  name: { type: 'string' },
  repo: { type: 'string' },
  ref: { type: 'string' },
  path: { type: 'string' },
  interval: { type: 'string' },
  auto: { type: 'string' },
  deadline: { type: 'string' },
  'token-file': { type: 'string' },
  'allowed-signers': { type: 'string' },
  keyring: { type: 'string' },
  'hook-secret-file': { type: 'string' },
  listen: { type: 'string' },
  api: { type: 'string' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  rewind: { type: 'boolean' },
  role: { type: 'string' },
  unit: { type: 'string' },
} as const;

type Flag = keyof typeof followingFlags;

export type FollowingFlags = { readonly [Name in Flag]?: string | boolean | undefined };

export function pickFollowing(values: FollowingFlags): FollowingFlags {
  const names = Object.keys(followingFlags) as Flag[];
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}
