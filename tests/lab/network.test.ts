import { randomUUID } from 'node:crypto';

import { expect } from 'vitest';

import { labTest } from './labTest.ts';
import { plain } from './machine/topology.ts';

labTest('two labs on a cable reach each other, and not when it is pulled out', async ({ fresh }) => {
  const socket = `nova-lab-cable-${randomUUID()}`;
  const one = await fresh(plain([{ id: 'wire', socket, end: 'listens' }]));
  const two = await fresh(plain([{ id: 'wire', socket, end: 'connects' }]));
  const address = (last: number) => `
    modprobe virtio_net
    ip address add 192.0.2.${last}/24 dev eth0
    ip link set eth0 up`;
  await Promise.all([one.sh(address(1)), two.sh(address(2))]);
  await two.sh('echo over the wire > /tmp/page; busybox httpd -p 80 -h /tmp');
  // A cable is not there the moment that both ends are up.
  const patiently = 'curl --silent --retry 60 --retry-delay 1 --retry-all-errors --max-time 240';
  expect(await one.sh(`${patiently} http://192.0.2.2/page`)).toBe('over the wire\n');
  await one.qmp('set_link', { name: 'nic.wire', up: false });
  await expect.poll(() => one.read('/sys/class/net/eth0/carrier'), { timeout: 240_000 }).toBe('0\n');
  expect((await one.run(['curl', '--silent', '--max-time', '2', 'http://192.0.2.2/page'])).code).not.toBe(0);
});
