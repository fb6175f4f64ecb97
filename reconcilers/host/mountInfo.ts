import type { Mount } from './view.ts';

/**
 * The lines of a `/proc/PID/mountinfo` in their order: of several mounts at one target the last is the topmost.
 * Format: proc_pid_mountinfo(5).
 */
export function parseMountInfo(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [before, after] = line.split(' - ', 2);
    const [, , , root, target, flags] = before?.split(' ') ?? [];
    const [type, source, options] = after?.split(' ') ?? [];
    if (root === undefined || target === undefined || flags === undefined) return [];
    if (type === undefined || source === undefined || options === undefined) return [];
    const readonly = [flags, options].some((list) => list.split(',').includes('ro'));
    const plain = { root: unescape(root), target: unescape(target), source: unescape(source) };
    return [{ ...plain, type, readonly, options: unescape(options) }];
  });
}

/** Targets at a path and below it, in the order in which they were mounted. */
export function mountsBelow(mounts: readonly Mount[], path: string): string[] {
  return mounts
    .map((mount) => mount.target)
    .filter((target) => target === path || target.startsWith(`${path}/`));
}

/** Blanks, backslashes and line breaks stand there as three octal digits. */
function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
