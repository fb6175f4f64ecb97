import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';

import { NovaError } from '../../schema/errors.ts';
import { acquireLock } from '../../stateStore/lock.ts';
import type { Scope } from '../identity.ts';
import { commandError } from './commandError.ts';
import type { CommandRunner } from './commandRunner.ts';
import { isAbsence, onFile } from './fileErrors.ts';
import type { Images } from './imagePorts.ts';

/** Roots of OCI images, unpacked once for all scopes and projects of a data directory. */
export function createImages(scope: Scope, runner: CommandRunner): Images {
  const { roots } = scope;
  return {
    unpack: ({ layout, digest, user }) =>
      exclusively(roots, digest, async () => {
        removeLeftovers(roots, digest);
        if (!existsSync(`${roots}/${digest}/rootfs`)) await unpack(runner, roots, layout, digest);
        await onFile(`cannot note a user of image ${digest}`, () => {
          mkdirSync(`${roots}/${digest}/users`, { recursive: true, mode: 0o700 });
          writeFileSync(userFile(roots, digest, user), '');
        });
      }),
    release: async (user) => {
      for (const digest of digests(roots).filter((each) => existsSync(userFile(roots, each, user)))) {
        await exclusively(roots, digest, async () => {
          rmSync(userFile(roots, digest, user), { force: true });
          if (readdirSync(`${roots}/${digest}/users`).length > 0) return;
          // Out of sight first: what is cut off in between is no half root.
          const doomed = temporary(roots, digest);
          renameSync(`${roots}/${digest}`, doomed);
          rmSync(doomed, { recursive: true, force: true });
        });
      }
      removeIfEmpty(roots);
    },
  };
}

/** ms: an image of many gigabytes that another run unpacks */
const lockTimeout = 600_000;

async function exclusively(roots: string, digest: string, work: () => Promise<void>): Promise<void> {
  if (!/^[0-9a-f]{64}$/.test(digest))
    throw new NovaError('internal', `${JSON.stringify(digest)} is not an image digest`);
  await onFile(`cannot make ${roots}`, () => mkdirSync(roots, { recursive: true, mode: 0o711 }));
  const owner = { pid: process.pid, command: `image ${digest.slice(0, 12)}` };
  const lock = await acquireLock({ path: `${roots}/${digest}.lock`, owner, timeout: lockTimeout });
  try {
    await onFile(`image ${digest.slice(0, 12)}`, work);
  } finally {
    lock.release();
  }
}

async function unpack(runner: CommandRunner, roots: string, layout: string, digest: string): Promise<void> {
  const folder = temporary(roots, digest);
  try {
    await onFile(`cannot read the image in ${layout}`, () =>
      writeLayout(join(folder, 'layout'), layout, digest),
    );
    const argv = ['umoci', 'unpack', '--image', `${folder}/layout:nova`, `${folder}/bundle`];
    const ended = await runner.finish({ argv, effect: 'change', timeout: lockTimeout });
    if (ended.code !== 0) throw unpackError(layout, commandError(['umoci', 'unpack'], ended));
    mkdirSync(`${folder}/image`, { mode: 0o711 });
    renameSync(`${folder}/bundle/rootfs`, `${folder}/image/rootfs`);
    // Whole on the disk before it gets the name that says it is.
    await runner.run({ argv: ['sync', '-f', `${folder}/image`], effect: 'change', timeout: lockTimeout });
    renameSync(`${folder}/image`, `${roots}/${digest}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A layout with this one image under a name that is known: umoci finds images by their tags only. */
function writeLayout(copy: string, layout: string, digest: string): void {
  const { size } = statSync(`${layout}/blobs/sha256/${digest}`);
  mkdirSync(copy, { recursive: true, mode: 0o700 });
  copyFileSync(`${layout}/oci-layout`, `${copy}/oci-layout`);
  symlinkSync(resolve(layout, 'blobs'), `${copy}/blobs`);
  const annotations = { 'org.opencontainers.image.ref.name': 'nova' };
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifests = [{ mediaType, digest: `sha256:${digest}`, size, annotations }];
  writeFileSync(`${copy}/index.json`, JSON.stringify({ schemaVersion: 2, manifests }));
}

/** A damaged image stays damaged: only what the disk and the system say is worth another try. */
function unpackError(layout: string, error: NovaError): NovaError {
  if (error.code !== 'host.command') return error;
  return new NovaError('capsule.invalid', `the image in ${layout} cannot be unpacked: ${error.message}`, {
    hint: 'fetch the image again, as with: skopeo copy docker://IMAGE oci:DIR:latest',
    cause: error,
  });
}

function digests(roots: string): string[] {
  try {
    return readdirSync(roots).filter((name) => /^[0-9a-f]{64}$/.test(name));
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}

function userFile(roots: string, digest: string, user: string): string {
  return `${roots}/${digest}/users/${encodeURIComponent(user)}`;
}

function temporary(roots: string, digest: string): string {
  return `${roots}/${digest}.tmp-${randomUUID().slice(0, 8)}`;
}

/** Of runs that were killed: whoever has the lock is alone with them. */
function removeLeftovers(roots: string, digest: string): void {
  for (const name of readdirSync(roots).filter((each) => each.startsWith(`${digest}.tmp-`))) {
    rmSync(`${roots}/${name}`, { recursive: true, force: true });
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Others have images there, or nobody ever had.
  }
}
