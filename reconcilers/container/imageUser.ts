export interface User {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Who a capsule runs as: `uid`, `uid:gid`, or with names from the root's own `/etc/passwd` and `/etc/group`. A user
 * without a group gets the one in passwd, else 0. Undefined: there is no such user or group.
 * @param passwd text of the root's file; undefined when it has none
 */
export function resolveUser(
  written: string,
  passwd: string | undefined,
  group: string | undefined,
): User | undefined {
  const [user = '', wanted] = written.split(':');
  const entry = entries(passwd).find(([name, , uid]) => name === user || uid === user);
  const uid = number(entry?.[2] ?? user);
  const groupEntry = entries(group).find(([name, , gid]) => name === wanted || gid === wanted);
  const gid = wanted === undefined ? number(entry?.[3] ?? '0') : number(groupEntry?.[2] ?? wanted);
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

function entries(text: string | undefined): readonly (readonly string[])[] {
  return (text ?? '').split('\n').map((line) => line.split(':'));
}

function number(text: string): number | undefined {
  return /^[0-9]+$/.test(text) ? Number(text) : undefined;
}
