import { readFile } from 'node:fs/promises';

import { must, run } from '../../system/support/shell.ts';

/** Where apt gets Debian's own packages. */
export interface DebianSource {
  /** As `http://deb.debian.org/debian/`. */
  readonly uri: string;
  /** As `bookworm`. */
  readonly suite: string;
}

/** The source of this machine's own release that apt is configured with; its lists are fetched when they are not there. */
export async function debianSource(): Promise<DebianSource> {
  const release = /^VERSION_CODENAME="?([a-z]+)/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1];
  const find = async () => sourceOf(await targets(), release ?? '');
  const found = (await find()) ?? (await must(['apt-get', 'update', '-qq']).then(find));
  if (found !== undefined) return found;
  throw new Error(`apt has no source of Debian's release ${release ?? 'of this machine'}`);
}

async function targets(): Promise<string> {
  const format = '$(ORIGIN)|$(LABEL)|$(CODENAME)|$(COMPONENT)|$(REPO_URI)';
  return (await run(['apt-get', 'indextargets', '--format', format, 'Created-By: Packages'])).stdout;
}

/** Pure. @param printed lines `origin|label|codename|component|uri`; what has not been fetched yet has no origin */
export function sourceOf(printed: string, release: string): DebianSource | undefined {
  const found = printed
    .split('\n')
    .map((line) => line.split('|'))
    .find(([origin, label, codename, component]) =>
      [origin === 'Debian', label === 'Debian', codename === release, component === 'main'].every(Boolean),
    );
  return found === undefined ? undefined : { uri: found[4] ?? '', suite: release };
}

/** The lines of a `sources.list`. The keys are those that come with apt on Debian. */
export function sourceLines({ uri, suite }: DebianSource): string {
  return `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${uri} ${suite} main\n`;
}

/** How apt reaches its sources here, as proxies: what the apt that fills the root has to be told too. */
export async function acquireOptions(): Promise<readonly string[]> {
  const printed = await must(['apt-config', 'dump', '--no-empty', '--format', '%F "%v";%n', 'Acquire']);
  return printed
    .split('\n')
    .filter((line) =>
      /^Acquire::(https?::|ftp::)?(Proxy|Retries|Timeout|Check-Valid-Until|Check-Date)\b/i.test(line),
    );
}
