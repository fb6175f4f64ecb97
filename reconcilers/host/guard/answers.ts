import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { ipJson, runIp } from './ip.ts';

/**
 * Whether somebody answers. Who is on the link itself is asked for its MAC address (ARP, NDP), which no host keeps to
 * itself; who is further away has to answer a packet, be it with a refusal.
 * @param link over which it is reached; default: what the routing table says
 */
export async function answers(ip: string, link: string | undefined): Promise<boolean> {
  const way = link === undefined ? wayTo(ip) : { link };
  if (way === undefined) return false;
  if ('via' in way) return refusesOrAccepts(ip);
  // What was known before, or by its own questions, proves nothing: REACHABLE is who has answered ours.
  runIp(['neigh', 'flush', 'to', ip, 'dev', way.link]);
  const deadline = Date.now() + patience;
  for (;;) {
    const [known] = ipJson(['neigh', 'show', 'to', ip, 'dev', way.link]);
    const states = Array.isArray(known?.['state']) ? known['state'] : [];
    if (states.includes('REACHABLE')) return true;
    // Set by a person, it is never asked for.
    if (states.includes('PERMANENT') || states.includes('NOARP')) return refusesOrAccepts(ip);
    if (Date.now() > deadline) return false;
    knock(ip.startsWith('fe80:') ? `${ip}%${way.link}` : ip);
    await sleep(50);
  }
}

/** ms for one answer: the kernel asks for a MAC address three times, a second apart. */
const patience = 1_500;

function wayTo(ip: string): { link: string } | { via: string } | undefined {
  const [route] = ipJson(['route', 'get', ip]);
  if (typeof route?.['gateway'] === 'string') return { via: route['gateway'] };
  return typeof route?.['dev'] === 'string' ? { link: route['dev'] } : undefined;
}

/** Makes the kernel ask who has the address; the packet itself is of no matter (port 9, RFC 863). */
function knock(ip: string): void {
  const socket = createSocket(ip.includes(':') ? 'udp6' : 'udp4');
  socket.on('error', () => undefined);
  socket.send('', 9, ip, () => socket.close());
}

/** Ports at which something is likely to answer; a refusal comes from any port that nothing listens at. */
const ports = [53, 443, 80, 22, 7];

/** Any answer of the host itself: it accepts or refuses a TCP connection, or says that nobody is at a UDP port. */
async function refusesOrAccepts(ip: string): Promise<boolean> {
  const asked = [...ports.map((port) => tcp(ip, port)), udp(ip, 33_434)];
  return Promise.any(asked).then(
    () => true,
    () => false,
  );
}

function tcp(ip: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: ip, port, timeout: patience });
    const end = (answered: boolean): void => {
      socket.destroy();
      if (answered) resolve();
      else reject(new Error('no answer'));
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED'));
  });
}

function udp(ip: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(ip.includes(':') ? 'udp6' : 'udp4');
    const end = (answered: boolean): void => {
      clearTimeout(timer);
      socket.close();
      if (answered) resolve();
      else reject(new Error('no answer'));
    };
    const timer = setTimeout(() => end(false), patience);
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED'));
    socket.connect(port, ip, () => socket.send('', () => undefined));
  });
}
