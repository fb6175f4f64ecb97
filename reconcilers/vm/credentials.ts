import type { Resource } from '../../schema/manifest.ts';
import { isFulfilled, reveal } from '../../schema/sensitive.ts';
import type { VmSpec } from '../../schema/vm.ts';
import type { Obstacle } from '../reconciler.ts';

/** A file whose content QEMU hands to the machine as a string of SMBIOS type 11. */
export interface CredentialFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The form in which systemd takes credentials from there (systemd.system-credentials(7)); what else runs in a machine
 * finds it in `/sys/firmware/dmi/tables/DMI`.
 * @param folder on the host, for root alone
 */
export function credentialFiles(folder: string, { credentials = {} }: VmSpec): readonly CredentialFile[] {
  return Object.entries(credentials)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => {
      const encoded = base64(new TextEncoder().encode(reveal(value)));
      return { path: `${folder}/${name}`, text: `io.systemd.credential.binary:${name}=${encoded}` };
    });
}

/**
 * bytes; the length of all SMBIOS tables is a number of 16 bits (SMBIOS 3.7, section 5.2.1), QEMU ends where it is more, and
 * some of it is taken by what describes the machine
 */
const room = 56 * 1024;

/** What does not fit, as far as the values are known. */
export function credentialProblems({ spec, at }: Resource<'vm'>): readonly Obstacle[] {
  const { credentials = {} } = spec;
  if (!Object.values(credentials).every(isFulfilled)) return [];
  const size = credentialFiles('', spec).reduce((sum, { text }) => sum + text.length + 1, 0);
  if (size <= room) return [];
  const kib = (bytes: number): string => `${Math.ceil(bytes / 1024)} KiB`;
  const message = `its credentials are ${kib(size)} as SMBIOS strings, and ${kib(room)} fit into its firmware`;
  const hint = 'base64 makes them a third larger; give it a key, and what the key opens on a disk';
  return [{ code: 'schema.value', message, hint, at, path: ['credentials'] }];
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
