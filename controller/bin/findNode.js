import { execFileSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';

/** The oldest Node that runs Nova; also in package.json's `engines`. */
export const wanted = '24.12';

/** @param {string} version as `24.12.0` */
export function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  const [wantedMajor, wantedMinor] = wanted.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/**
 * A Node that is new enough: the one that comes as a package, wherever it was installed as seen from `launcher`, else
 * one in PATH. Undefined when there is none.
 * @param {string} launcher absolute path, links resolved
 * @returns {string | undefined}
 */
export function findNode(launcher) {
  return fromPackage(launcher) ?? fromPath();
}

function fromPackage(launcher) {
  try {
    const description = createRequire(launcher).resolve(`node-linux-${process.arch}/package.json`);
    const { version } = JSON.parse(readFileSync(description, 'utf8'));
    const node = join(dirname(description), 'bin', 'node');
    accessSync(node, constants.X_OK);
    return isNewEnough(version) ? node : undefined;
  } catch {
    return undefined;
  }
}

function fromPath() {
  for (const folder of (process.env.PATH ?? '').split(':')) {
    for (const name of ['node24', 'node']) {
      const node = join(folder, name);
      if (folder.startsWith('/') && isNewEnough(versionOf(node))) return node;
    }
  }
  return undefined;
}

function versionOf(node) {
  try {
    accessSync(node, constants.X_OK);
    return execFileSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8', timeout: 10_000 });
  } catch {
    return '0';
  }
}
