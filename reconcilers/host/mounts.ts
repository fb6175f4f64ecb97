import { readFileSync } from 'node:fs';

import { NovaError } from '../../schema/errors.ts';
import { commandError } from './commandError.ts';
import type { CommandRunner } from './commandRunner.ts';
import type { Mounts } from './host.ts';
import { mountsBelow, parseMountInfo } from './mountInfo.ts';

export function createMounts(runner: CommandRunner): Mounts {
  return {
    overlay: async ({ lower, upper, work, target }) => {
      const options = overlayOptions({ lower, upper, work });
      await runner.run({
        argv: ['mount', '-t', 'overlay', '-o', options, 'overlay', target],
        effect: 'change',
      });
    },
    unmount: (target) => unmountAll(runner, target),
  };
}

/** Options of mount(8) for an overlay. Only in `lowerdir` does a colon separate folders. */
export function overlayOptions({
  lower,
  upper,
  work,
}: {
  lower: string;
  upper: string;
  work: string;
}): string {
  const unfit = [lower, upper, work].find((path) => /[,\\"\n]/.test(path));
  if (unfit !== undefined) {
    throw new NovaError('host.file', `${JSON.stringify(unfit)} cannot be a part of an overlay`, {
      hint: 'use a folder without comma, backslash, quote and line break in its path',
    });
  }
  return `lowerdir=${lower.replaceAll(':', String.raw`\:`)},upperdir=${upper},workdir=${work}`;
}

/** The last mounted goes first. What is in use is taken out of sight now, and away when the last user is gone. */
async function unmountAll(runner: CommandRunner, target: string): Promise<void> {
  const mounted = () =>
    mountsBelow(parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8')), target).toReversed();
  let left = mounted();
  for (let attempt = 0; left.length > 0; attempt++) {
    const lazily = attempt === 0 ? [] : ['-l'];
    const argv = ['umount', ...lazily, '--', ...left];
    const ended = await runner.finish({ argv, effect: 'change' });
    left = mounted();
    if (left.length > 0 && (attempt === 5 || !/busy|not mounted/.test(ended.stderr)))
      throw commandError(argv, ended);
  }
}
