import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { survey } from '../../../controller/plan/survey.ts';
import { createFakeHost, type FakeHost } from '../../../fixtures/fakeHost.ts';
import type { Pci } from '../../../reconcilers/host/pci/pciPort.ts';
import { apply, plan } from '../../contracts/reconciler/driver.ts';
import { makeWorld, readManifest } from '../../contracts/reconciler/world.ts';

const nothing = 'project = "demo"\n';
const files = {
  'a card with its sound': '[gpu.card]\naddress = "0000:01:00.0"\n',
  'one that nobody drives': '[gpu.card]\naddress = "0000:02:00.0"\n',
  'one that is split': '[gpu.ssd]\naddress = "0000:05:00.0"\nsriov_vfs = 4\n',
  'one that vfio-pci has': '[gpu.kept]\naddress = "0000:06:00.0"\ndriver = "host"\n',
};

const writes = ['unbind', 'override', 'probe', 'bind', 'reset', 'split'] as const;

/** A host whose n-th write about a device from now fails, once. */
function faultAt(host: FakeHost, n: number): { readonly host: FakeHost; readonly failed: () => boolean } {
  let left = n;
  let failed = false;
  const broken = Object.fromEntries(
    writes.map((name) => [
      name,
      async (...given: [never, never]): Promise<void> => {
        left -= 1;
        failed ||= left === 0;
        if (left === 0) host.kernel.failNext(`pci.${name}`, 'Input/output error');
        await host.pci[name](...given);
      },
    ]),
  ) as Pick<Pci, (typeof writes)[number]>;
  return { host: { ...host, pci: { ...host.pci, ...broken } }, failed: () => failed };
}

const devicesOf = (host: FakeHost): unknown =>
  host.kernel.machine.pci.devices.map(({ address, driver, driverOverride, sriov }) => ({
    address,
    driver,
    driverOverride,
    sriov,
  }));

describe('a write about a device that fails', () => {
  it.each(Object.entries(files))(
    'law: wherever it is while taking %s, all of it is back, and the next run converges',
    async (_what, text) => {
      const manifest = await readManifest(`${nothing}${text}`);
      for (let n = 1; ; n += 1) {
        const host = makeWorld();
        const before = devicesOf(host);
        const { host: broken, failed } = faultAt(host, n);
        const error = await apply(broken, manifest).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (!failed()) break;
        expect(error, `fault at write ${n}`).toMatchObject({
          message: expect.stringContaining('Input/output'),
        });
        expect(devicesOf(host), `fault at write ${n}`).toEqual(before);
        await apply(host, manifest);
        expect(await plan(host, manifest)).toEqual([]);
      }
    },
  );

  it.each(Object.entries(files))(
    'law: wherever it is while giving back %s, the next run gives it back',
    async (_what, text) => {
      const [manifest, none] = await Promise.all([readManifest(`${nothing}${text}`), readManifest(nothing)]);
      for (let n = 1; ; n += 1) {
        const host = makeWorld();
        const before = host.print();
        await apply(host, manifest);
        const { host: broken, failed } = faultAt(host, n);
        const rejected = await apply(broken, none).then(
          () => false,
          () => true,
        );
        if (!failed()) break;
        expect(rejected).toBe(true);
        await apply(host, none);
        expect(host.print()).toBe(before);
      }
    },
  );

  it('law: two that fail at any time leave a record by which everything goes back', async () => {
    const none = await readManifest(nothing);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.values(files)),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 8 }),
        async (text, first, second) => {
          const manifest = await readManifest(`${nothing}${text}`);
          const host = makeWorld();
          const before = host.print();
          for (const n of [first, second])
            await apply(faultAt(host, n).host, manifest).catch(() => undefined);
          await apply(host, none);
          expect(host.print()).toBe(before);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a device that a program has open', () => {
  const held = async (): Promise<FakeHost> => {
    const host = makeWorld();
    await apply(host, await readManifest(`${nothing}${files['a card with its sound']}`));
    host.kernel.machine.holders.set('/dev/vfio/11', [{ pid: 4711, command: 'qemu' }]);
    return host;
  };

  it('is not taken from it: the kernel would not come back', async () => {
    const host = await held();
    const before = devicesOf(host);
    await expect(apply(host, await readManifest(nothing))).rejects.toMatchObject({ code: 'gpu.busy' });
    expect(devicesOf(host)).toEqual(before);
  });

  it('is refused when planning, by the program and the device', async () => {
    const host = await held();
    const text = `${nothing}${files['a card with its sound']}driver = "host"\n`;
    await expect(apply(host, await readManifest(text))).rejects.toThrow(
      '0000:01:00.0 is in use by process 4711 (qemu)',
    );
  });
});

describe('a second claimant', () => {
  const card = `${nothing}${files['a card with its sound']}`;

  it('is refused where it is another project', async () => {
    const host = makeWorld();
    await apply(host, await readManifest(card));
    const second = createFakeHost({ project: 'other', kernel: host.kernel });
    await expect(apply(second, { ...(await readManifest(card)), project: 'other' })).rejects.toThrow(
      '0000:01:00.0 is taken by gpu.card of project demo',
    );
  });

  it('is refused where it is the same device by another description', async () => {
    const manifest = await readManifest(`${card}[gpu.same]\nvendor = "1002"\ndevice = "744c"\n`);
    const { wanted } = await survey(makeWorld().view(), manifest);
    expect(wanted.get('gpu.card')?.problems).toEqual([]);
    expect(wanted.get('gpu.same')?.problems).toMatchObject([{ code: 'gpu.conflict' }]);
  });
});

describe('the kernel does not come back from a write', () => {
  it('is told of the device, which is left alone, and of no other', async () => {
    const host = makeWorld();
    const manifest = await readManifest(
      `${nothing}${files['a card with its sound']}${files['one that is split']}`,
    );
    host.kernel.addProcess(
      ['tee', '--', '/sys/bus/pci/devices/0000:01:00.1/driver/unbind'],
      `/nova/${host.scope.id}/pci/0000-01-00.1`,
    );
    const found = await survey(host.view(), manifest);
    expect(found.wanted.get('gpu.card')).toMatchObject({
      status: 'unknown',
      why: expect.stringContaining('/sys/bus/pci/devices/0000:01:00.1/driver/unbind'),
    });
    expect(found.wanted.get('gpu.ssd')).toMatchObject({ status: 'absent' });
  });
});
