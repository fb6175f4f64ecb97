import type { Address } from '../../schema/manifest.ts';
import type { HostView } from '../../reconcilers/host/host.ts';
import { placeOf } from '../../reconcilers/place.ts';
import { lookAt } from '../../reconcilers/vm/lookAt.ts';
import type { Told } from './givenUp.ts';

/** A machine as the command line of its QEMU tells of it; undefined: it does not run, or nothing is there. */
export async function givenUpMachine(view: HostView, address: Address): Promise<Told | undefined> {
  const seen = await lookAt(view, placeOf(view, address));
  if (seen?.runs === undefined || seen.forgotten !== true) return undefined;
  const { runs, diskOf, stopTimeout, credentials, link } = seen;
  const [kernel, initrd, cmdline] = [runs['boot.kernel'], runs['boot.initrd'], runs['boot.cmdline']];
  const network = link?.master;
  const secret = Object.keys(credentials);
  return {
    table: {
      ...(diskOf === undefined ? {} : { image: diskOf }),
      ...(kernel === undefined
        ? {}
        : { boot: { kernel, ...(initrd === undefined ? {} : { initrd }), ...(cmdline ? { cmdline } : {}) } }),
      ...(runs.cpu === undefined ? {} : { cpu: runs.cpu }),
      ...(runs.memory === undefined ? {} : { memory: runs.memory }),
      ...(runs.accel === undefined ? {} : { accel: runs.accel }),
      ...(network === undefined ? {} : { network }),
      ...(stopTimeout === undefined ? {} : { stop_timeout: stopTimeout }),
    },
    lacks: [
      ...(link !== undefined && network === undefined ? ['Its link is on no network.'] : []),
      ...(secret.length === 0 ? [] : [`It was given secrets, which are not told: ${secret.join(', ')}.`]),
    ],
    needs: network === undefined ? [] : [`network.${network}`],
  };
}
