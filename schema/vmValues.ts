import { z } from 'zod';

import { formatIp, parseIp } from './cidr.ts';
import { hostFile } from './hostFile.ts';
import { key } from './key.ts';
import { meaning, parsePort, size, text } from './values.ts';

export const memory = meaning(size, (bytes, refuse) => {
  if (bytes < 16 * 2 ** 20) return refuse('must be at least 16 MiB', 'for example "512Mi"');
  return bytes % 2 ** 20 === 0 ? bytes : refuse('must be a whole number of MiB', 'for example "512Mi"');
});

export const diskSize = meaning(size, (bytes, refuse) => {
  return bytes >= 2 ** 20 && bytes % 512 === 0
    ? bytes
    : refuse('must be at least 1 MiB, in whole blocks of 512 bytes', 'for example "10Gi"');
});

/** Where the screen of a machine is shown. */
export interface Listener {
  readonly address: string;
  readonly port: number;
}

const listener = meaning(
  text,
  (value, refuse): Listener => {
    const [address = '', written, ...rest] = value.split(':');
    const [ip, port] = [parseIp(address), parsePort(written)];
    const example = 'for example "127.0.0.1:5901"; true for a socket that only root can open';
    if (ip === undefined || port === undefined || rest.length > 0)
      return refuse('must be an IPv4 address, a colon and a port', example);
    // QEMU counts displays from there (qemu-system(1), -vnc).
    return port < 5900 ? refuse('must have a port from 5900 on', example) : { address: formatIp(ip), port };
  },
  { name: 'address and port', pattern: '^[0-9.]+:[0-9]+$' },
);

export const vnc = z.union([z.boolean(), listener]);

/** 0 to 2 stand for the hypervisor, the machine itself and the host (vsock(7)); the largest for any. */
export const vsock = z.union([
  z.boolean(),
  z
    .int()
    .min(3)
    .max(2 ** 32 - 2),
]);

const sshKey = meaning(
  text,
  (value, refuse) => {
    const form =
      /^(?:ssh-(?:ed25519|rsa)|ecdsa-sha2-nistp(?:256|384|521)|sk-[a-z0-9@.-]+) [A-Za-z0-9+/]+=*(?: [^\n\r]*)?$/;
    if (form.test(value)) return value;
    return refuse('must be a public key', 'a line of ~/.ssh/id_ed25519.pub: "ssh-ed25519 AAAA… me@here"');
  },
  { name: 'public key', pattern: '^(ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/]+=*( .*)?$' },
);

export const cloudInit = z
  .strictObject({
    user_data: key(hostFile('./user-data.yaml').exactOptional(), {
      what: 'A file with what cloud-init does at the first start.',
      without: 'none',
      example: 'cloud_init = { user_data = "./user-data.yaml" }',
    }),
    network_config: key(hostFile('./network-config.yaml').exactOptional(), {
      what: 'A file with its network configuration.',
      without: 'DHCP',
      example: 'cloud_init = { network_config = "./network-config.yaml" }',
    }),
    ssh_keys: key(z.array(sshKey).min(1).readonly().exactOptional(), {
      what: "Public keys that may log in as the image's user.",
      without: 'none',
      example: 'cloud_init = { ssh_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHN me@here"] }',
    }),
  })
  .readonly();

export const ssh = z
  .strictObject({
    user: key(
      meaning(
        text,
        (value, refuse) => {
          if (/^[a-z_][a-z0-9_-]{0,31}$/.test(value)) return value;
          return refuse('must be the name of a user', 'for example "debian"');
        },
        { name: 'user name', pattern: '^[a-z_][a-z0-9_-]{0,31}$' },
      ).default('root'),
      { what: 'Who logs in.', example: 'ssh = { user = "debian" }' },
    ),
    port: key(z.int().min(1).max(65_535).default(22), {
      what: 'Where its SSH server listens.',
      example: 'ssh = { port = 2222 }',
    }),
  })
  .readonly();
