import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createNotifier } from '../../../controller/service/notify.ts';
import { listenAsManager, type Manager } from './listener.ts';

describe('createNotifier', () => {
  let manager: Manager;
  beforeEach(async () => {
    manager = await listenAsManager();
    vi.stubEnv('NOTIFY_SOCKET', manager.socket);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await manager[Symbol.asyncDispose]();
  });

  const { pid } = process;
  const env = () => ({ NOTIFY_SOCKET: manager.socket });
  const heard = async (count: number): Promise<readonly string[]> => {
    while (manager.heard.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
    return manager.heard;
  };

  it('tells each change in the name of this process', async () => {
    using notifier = createNotifier(env(), pid);
    await notifier.ready('2 sources followed');
    await notifier.reloading();
    await notifier.ready('1 source followed');
    await notifier.stopping();
    expect(await heard(4)).toEqual([
      `${pid} READY=1 STATUS=2 sources followed`,
      expect.stringMatching(new RegExp(String.raw`^${pid} RELOADING=1 MONOTONIC_USEC=\d+$`)),
      `${pid} READY=1 STATUS=1 source followed`,
      `${pid} STOPPING=1 STATUS=finishing the steps in hand`,
    ]);
  });

  it('is a sign of life for a watchdog, as long as work goes on', async () => {
    let [alive, asked, yes] = [true, 0, 0];
    const isAlive = (): boolean => {
      asked += 1;
      if (alive) yes += 1;
      return alive;
    };
    const watched = { ...env(), WATCHDOG_USEC: '40000', WATCHDOG_PID: String(pid) };
    using _ = createNotifier(watched, pid, isAlive);
    expect(await heard(3)).toContain(`${pid} WATCHDOG=1`);
    alive = false;
    await heard(yes);
    const before = asked;
    while (asked < before + 5) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(manager.heard.length).toBe(yes);
  });

  it.each([
    { more: {}, reason: 'there is no watchdog' },
    { more: { WATCHDOG_USEC: '1000', WATCHDOG_PID: '1' }, reason: 'it is for another process' },
    { more: { WATCHDOG_USEC: 'never' }, reason: 'it is no time' },
  ])('says nothing by itself when $reason', async ({ more }) => {
    using notifier = createNotifier({ ...env(), ...more }, pid);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await notifier.ready('');
    expect(await heard(1)).toEqual([`${pid} READY=1 STATUS=`]);
  });

  it('is silent where nobody listens', async () => {
    using notifier = createNotifier({}, pid);
    await notifier.ready('');
    expect(manager.heard).toEqual([]);
  });
});
