import type { VmSpec } from '../../schema/vm.ts';
import { reveal } from '../../schema/sensitive.ts';

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

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
