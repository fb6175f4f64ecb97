import * as fs from 'node:fs';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import git from 'isomorphic-git';

import { NovaError } from '../../../schema/errors.ts';
import type { Choices } from '../../../schema/files.ts';
import { filesByWholePath } from '../../project.ts';
import { readWhole } from '../readWhole.ts';
import type { Delivery, Seen, Source } from '../source.ts';
import { isAfter } from './ancestry.ts';
import { checkOut, entryAt, type Objects } from './checkout.ts';
import { collect, withContent } from './content.ts';
import { sourceFailure } from './failures.ts';
import type { Limits } from './limits.ts';
import { chooseRef, type ChosenRef, parseRevision, type Ref, revisionOf } from './ref.ts';
import type { Remote } from './remote.ts';
import { splitCommit, splitTag } from './signed.ts';
import { type Trust, verifySignature } from './trust.ts';
import { isLowerVersion } from './versions.ts';

export interface GitOptions {
  readonly name: string;
  /** For messages; without a password. */
  readonly url: string;
  readonly remote: Remote;
  readonly ref: Ref;
  /** In the repository: the NovaFile, or the folder that holds it. */
  readonly path: string;
  /** ms */
  readonly interval: number;
  readonly limits: Limits;
  readonly trust: Trust;
  /** Where checkouts and contents are kept. */
  readonly folder: string;
  /** Manifests that may be applied (again), in JSON: what they name is kept. */
  readonly inUse: () => readonly string[];
  /** How NovaFiles are read. */
  readonly choices: Choices;
}

/** A repository of git: the commit that a ref of it names. */
export function gitSource(options: GitOptions): Source {
  const { name, url, remote, ref, limits, folder } = options;
  const { kind } = ref;
  const what = 'range' in ref ? ref.range : 'oid' in ref ? ref.oid.slice(0, 12) : ref.name;

  /** Its contents are kept until the next one comes. */
  let latest = '';
  /** A person said that going back is meant. */
  let back = false;

  async function read({ known, floor }: Seen, signal: AbortSignal): Promise<Delivery | undefined> {
    const chosen = chooseRef(ref, kind === 'commit' ? [] : await remote.offered(signal));
    const revision = revisionOf(chosen);
    if (revision === known) return undefined;
    return mended(async () => {
      await remote.fetch(chosen, signal);
      const objects: Objects = { gitdir: remote.gitdir, cache: {} };
      await refuseBack(chosen, floor, objects, signal);
      await refuseUntrusted(chosen, objects, options.trust);
      return deliver(chosen, revision, objects);
    }, signal);
  }

  /** The repository has just answered: what cannot be read is our copy of it, which may have been cut off in writing. */
  async function mended<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const { code } = sourceFailure(error, url);
      if (code !== 'source.unreachable' || remote.forget === undefined || signal.aborted) throw error;
      remote.forget();
      return work();
    }
  }

  /** The revision never goes back, unless the source says another ref than before. */
  async function refuseBack(
    chosen: ChosenRef,
    floor: string | undefined,
    objects: Objects,
    signal: AbortSignal,
  ): Promise<void> {
    const before = floor === undefined ? undefined : parseRevision(floor);
    if (before === undefined || kind === 'commit' || back) return;
    if (kind === 'semver') {
      if (isLowerVersion(chosen.name, before.name))
        throw rewound(`${chosen.name} is older than ${before.name}`);
      return;
    }
    if (before.name !== chosen.name || (await isAfter(objects, chosen.oid, before.oid))) return;
    await remote.fetch(chosen, signal, true);
    if (await isAfter({ ...objects, cache: {} }, chosen.oid, before.oid)) return;
    throw rewound(
      `${chosen.name} is at ${chosen.oid.slice(0, 12)}, which did not come after ${before.oid.slice(0, 12)}`,
    );
  }

  function rewound(why: string): NovaError {
    return new NovaError('source.rewound', `${url}: ${why}`, {
      hint: `push what comes after it, or say that it is meant: nova reconcile ${name} --rewind`,
    });
  }

  async function deliver(chosen: ChosenRef, revision: string, objects: Objects): Promise<Delivery> {
    const commit = chosen.oid;
    const root = await entryAt(objects, commit, '');
    if (root === undefined) throw new NovaError('internal', `${commit} has no tree`);
    collect(folder, [...options.inUse(), latest]);
    for (const other of listCheckouts(folder)) if (other !== commit) removeCheckout(folder, other);
    const checkout = join(folder, 'commits', commit);
    await checkOut(objects, root, checkout, limits);
    const project = await readWhole(
      join(checkout, options.path),
      options.choices,
      undefined,
      filesByWholePath,
    );
    const place = `${commit.slice(0, 12)}:`;
    const issues = project.issues.map(({ at, ...issue }) => ({
      ...issue,
      message: issue.message.replaceAll(`${checkout}/`, place),
      ...(at === undefined ? {} : { at: { ...at, file: shown(at.file, checkout, place) } }),
    }));
    if (project.manifest === undefined) return { revision, commit, manifest: undefined, issues };
    const file = join(folder, project.manifest.file.slice(checkout.length));
    back = false;
    const show = (where: string): string => shown(where, checkout, place);
    const all = { shown: show, checkout, file, folder, commit, objects, limits };
    const manifest = await withContent(project.manifest, all);
    latest = JSON.stringify(manifest);
    return { revision, commit, manifest, issues };
  }

  return {
    name,
    allowBack() {
      back = true;
    },
    about: `${kind === 'name' ? '' : `${kind} `}${what} of ${url}`,
    interval: options.interval,
    async read(seen, signal) {
      try {
        return await read(seen, signal);
      } catch (error) {
        throw sourceFailure(error, url);
      }
    },
  };
}

/** The tag, where that is what was signed; else the commit. */
async function refuseUntrusted({ oid, tag }: ChosenRef, objects: Objects, trust: Trust): Promise<void> {
  if (trust.allowedSigners === undefined && trust.keyring === undefined) return;
  const signedTag = tag === undefined ? undefined : splitTag(await raw(objects, tag));
  if (signedTag?.signature !== undefined) return void (await verifySignature('the tag', signedTag, trust));
  await verifySignature(`commit ${oid.slice(0, 12)}`, splitCommit(await raw(objects, oid)), trust);
}

async function raw(objects: Objects, oid: string): Promise<string> {
  const { object } = await git.readObject({ fs, ...objects, oid, format: 'content' });
  return Buffer.from(object as Uint8Array).toString('utf8');
}

function shown(file: string, checkout: string, place: string): string {
  const index = file.indexOf(`${checkout}/`);
  return index === -1 ? file : `${place}${file.slice(index + checkout.length + 1)}`;
}

function listCheckouts(folder: string): readonly string[] {
  const commits = join(folder, 'commits');
  return fs.existsSync(commits) ? fs.readdirSync(commits) : [];
}

function removeCheckout(folder: string, name: string): void {
  rmSync(join(folder, 'commits', name), { recursive: true, force: true });
}
