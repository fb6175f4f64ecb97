import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { must } from '../../system/support/shell.ts';
import { tinyInitramfs } from '../../system/support/tinyGuest.ts';
import { elfOf } from './kernel.ts';
import { kernelPackages, rootPackages } from './packages.ts';
import { acquireOptions, type DebianSource, sourceLines } from './sources.ts';

/** Name of the root in the cache: another one as soon as something that goes into it is another. */
export function rootKey(source: DebianSource): string {
  const recipe = ['root.ts', 'kernel.ts', 'packages.ts', '../../system/support/tinyGuest.ts'];
  const texts = recipe.map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'));
  const hash = createHash('sha256').update(JSON.stringify([source, texts]));
  return `root-${source.suite}-${hash.digest('hex').slice(0, 12)}`;
}

/** Where things are in a folder that `buildRoot` has filled. */
export function rootPaths(folder: string) {
  return {
    /** What becomes the root of the lab. */
    root: join(folder, 'root'),
    kernel: join(folder, 'vmlinux'),
    modules: join(folder, 'root/usr/lib/modules'),
  };
}

/** Seen from inside: a kernel and an initramfs for machines in the lab. */
export const guestPaths = { kernel: '/boot/guest-vmlinux', initrd: '/boot/guest-initrd' } as const;

/** A Debian of the packages above, with the kernels. Its mounts are in a namespace that ends with the build. */
export async function buildRoot(folder: string, source: DebianSource): Promise<void> {
  const paths = rootPaths(folder);
  const apt = [...(await acquireOptions()), 'APT::Install-Recommends "false";'];
  const unneeded = ['doc', 'man', 'locale', 'info'].map((name) => `path-exclude=/usr/share/${name}/*`);
  const list = join(folder, 'sources.list');
  writeFileSync(list, sourceLines(source));
  await must(
    [
      ...['setpriv', '--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child'],
      ...['mmdebstrap', '--quiet', '--variant=essential', `--include=${rootPackages.join(',')}`],
      ...apt.map((option) => `--aptopt=${option}`),
      ...unneeded.map((option) => `--dpkgopt=${option}`),
      ...[source.suite, paths.root, list],
    ],
    { timeout: 900_000, env: { DEBIAN_FRONTEND: 'noninteractive' } },
  );
  rmSync(list);
  await addLabKernel(folder);
  await addGuestKernel(folder);
}

async function addLabKernel(folder: string): Promise<void> {
  const { root, kernel, modules } = rootPaths(folder);
  const package_ = await unpackKernel(folder, kernelPackages.lab);
  writeFileSync(kernel, elfOf(imageIn(package_)));
  cpSync(join(package_, 'lib/modules'), modules, { recursive: true });
  for (const version of readdirSync(modules)) await must(['chroot', root, '/sbin/depmod', version]);
  rmSync(package_, { recursive: true });
}

async function addGuestKernel(folder: string): Promise<void> {
  const { root } = rootPaths(folder);
  const package_ = await unpackKernel(folder, kernelPackages.guest);
  writeFileSync(join(root, guestPaths.kernel), elfOf(imageIn(package_)));
  writeFileSync(join(root, guestPaths.initrd), tinyInitramfs(package_));
  rmSync(package_, { recursive: true });
}

/** Returns the folder in which the newest kernel of a release is unpacked. */
async function unpackKernel(folder: string, name: string): Promise<string> {
  const known = await must(['apt-cache', 'depends', '--important', name]);
  const versioned = /Depends: (linux-image-\S+)/.exec(known)?.[1];
  if (versioned === undefined) throw new Error(`apt knows no kernel behind ${name}`);
  const target = join(folder, versioned);
  mkdirSync(target);
  await must(['apt-get', 'download', '-qq', versioned], { cwd: target, timeout: 300_000 });
  const [archive = ''] = readdirSync(target);
  await must(['dpkg-deb', '-x', join(target, archive), target]);
  rmSync(join(target, archive));
  return target;
}

function imageIn(package_: string): Buffer {
  const boot = join(package_, 'boot');
  const name = readdirSync(boot).find((each) => each.startsWith('vmlinuz-'));
  return readFileSync(join(boot, name ?? 'vmlinuz'));
}
