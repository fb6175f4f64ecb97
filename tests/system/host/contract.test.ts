import { copyFileSync, existsSync, mkdirSync } from 'node:fs';

import { hostContract } from '../../contracts/host.ts';
import { makeMachine } from './machine.ts';

const busybox = '/usr/bin/busybox';

hostContract('this machine, in a network namespace', async () => {
  const machine = makeMachine();
  const rootfs = `${machine.folder}/rootfs`;
  for (const folder of ['bin', 'proc', 'tmp', 'dev']) mkdirSync(`${rootfs}/${folder}`, { recursive: true });
  const usable = existsSync(busybox);
  if (usable) copyFileSync(busybox, `${rootfs}/bin/busybox`);
  const { host } = machine;
  return { host, ...(usable ? { rootfs } : {}), cleanup: () => machine[Symbol.asyncDispose]() };
});
