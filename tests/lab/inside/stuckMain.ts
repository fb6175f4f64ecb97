import { createPciWriter } from '../../../reconcilers/host/pci/pciWrites.ts';
import type { Scope } from '../../../reconcilers/identity.ts';

/* Takes a device from its driver as Nova does, and gives the kernel three seconds: `stuckMain SCOPE ADDRESS`. */
const [scope = '{}', address = ''] = process.argv.slice(2);
const write = createPciWriter(JSON.parse(scope) as Scope, () => undefined, 3_000);
try {
  await write({ address, file: `/sys/bus/pci/devices/${address}/driver/unbind`, text: address });
} catch (error) {
  process.stdout.write(error instanceof Error ? error.message : String(error));
}
