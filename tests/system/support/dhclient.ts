import { chmod, copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from './shell.ts';

/**
 * The IPv6 address that ISC's DHCP client is lent on a link, in a network namespace. What it is lent is written down and
 * not used.
 * @param folder where it keeps its files
 */
export async function lentByDhcp6(namespace: string, link: string, folder: string): Promise<string> {
  const [program, script, said] = ['dhclient', 'dhclient-script', 'said'].map((name) => join(folder, name));
  if (program === undefined || script === undefined || said === undefined) return '';
  // AppArmor knows the program by its path, and would not let it run that script.
  await copyFile('/sbin/dhclient', program);
  await writeFile(
    script,
    `#!/bin/sh\n[ "$reason" = BOUND6 ] || exit 0\necho "$new_ip6_address" >'${said}'\nkill -9 $PPID\n`,
  );
  await chmod(script, 0o755);
  const files = ['-lf', join(folder, 'dhclient.leases'), '-pf', join(folder, 'dhclient.pid')];
  const enter = ['nsenter', `--net=/run/netns/${namespace}`, 'timeout', '-s', 'KILL', '60'];
  const { stderr } = await run([...enter, program, '-6', '-d', '-1', '-sf', script, ...files, link]);
  return readFile(said, 'utf8').catch(() => stderr);
}
