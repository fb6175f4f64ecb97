import { createSocket } from 'node:dgram';

/*
 * A station that asks for an IPv6 address and takes what it is given (RFC 8415: Solicit, Advertise, Request, Reply):
 * `solicitMain.ts LINK MAC`, run in the station's network namespace. Prints the address.
 */

const [link = '', mac = ''] = process.argv.slice(2);
const [clientId, serverId, iaNa, iaAddress, elapsed] = [1, 2, 3, 5, 8] as const;
const [solicit, advertise, request, reply] = [1, 2, 3, 7] as const;
const transaction = Buffer.from([1, 2, 3]);

function option(code: number, content: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(code, 0);
  head.writeUInt16BE(content.length, 2);
  return Buffer.concat([head, content]);
}

function optionsIn(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= bytes.length; at += 4 + bytes.readUInt16BE(at + 2))
    found.set(bytes.readUInt16BE(at), bytes.subarray(at + 4, at + 4 + bytes.readUInt16BE(at + 2)));
  return found;
}

/** DUID-LL of Ethernet (section 11.4). */
const own = Buffer.concat([Buffer.from([0, 3, 0, 1]), Buffer.from(mac.replaceAll(':', ''), 'hex')]);
const association = Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.alloc(8)]);

function message(type: number, ...more: readonly Buffer[]): Buffer {
  const common = [option(clientId, own), option(elapsed, Buffer.alloc(2))];
  return Buffer.concat([Buffer.from([type]), transaction, ...common, ...more]);
}

function addressIn(options: Map<number, Buffer>): string | undefined {
  const given = optionsIn(options.get(iaNa)?.subarray(12) ?? Buffer.alloc(0)).get(iaAddress);
  if (given === undefined) return undefined;
  const groups = Array.from({ length: 8 }, (_, index) => given.readUInt16BE(2 * index).toString(16));
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

const socket = createSocket('udp6');
let next = message(solicit, option(iaNa, association));
const send = () => socket.send(next, 547, `ff02::1:2%${link}`, () => undefined);

socket.on('message', (bytes) => {
  const [type, options] = [bytes[0], optionsIn(bytes.subarray(4))];
  const server = options.get(serverId);
  if (type === advertise && server !== undefined) {
    next = message(request, option(serverId, server), option(iaNa, options.get(iaNa) ?? association));
    send();
  } else if (type === reply) {
    process.stdout.write(`${addressIn(options) ?? 'none'}\n`);
    process.exit(0);
  }
});
socket.bind(546, () => {
  send();
  setInterval(send, 500);
});
setTimeout(() => {
  process.stdout.write('no answer\n');
  process.exit(1);
}, 20_000);
