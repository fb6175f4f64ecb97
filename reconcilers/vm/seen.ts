import type { Issue } from '../../schema/errors.ts';
import type { Address } from '../../schema/manifest.ts';
import type { Sensitive } from '../../schema/sensitive.ts';
import type { DeviceRecord } from '../gpu/record.ts';
import type { DeviceSeen } from '../gpu/seen.ts';
import type { Accelerator, DiskSeen } from '../host/view.ts';
import type { Place } from '../place.ts';
import type { MediatedPart } from './mediated.ts';

/**
 * `signalled`: SIGSTOP. `failed`: it has stopped for good, and QEMU is still there. `mute`: it runs and does not answer; only one that is not declared any more is seen so, for of a
 * declared one that is all that is known. `off`: no process.
 */
export type Phase = 'running' | 'paused' | 'signalled' | 'failed' | 'mute' | 'off';

/** What is on the host of one machine. */
export interface VmSeen extends Place {
  readonly phase: Phase;
  readonly process: { readonly pid: number; readonly startTime: number } | undefined;
  /** QEMU is in the cgroup that was made for it. */
  readonly home: boolean;
  /** Processes of any kind are left in its cgroup. */
  readonly busy: boolean;
  /** What the command line of the running QEMU says. */
  readonly runs: Configuration | undefined;
  /** What it was given when it started, by name; sensitive. */
  readonly credentials: Readonly<Record<string, Sensitive>>;
  readonly link: LinkSeen | undefined;
  /** The QEMU that runs has a network card; undefined: it does not answer, as it was stopped by a signal. */
  readonly nic: boolean | undefined;
  /** The QEMU that runs holds that very link. */
  readonly attached: boolean;
  /** Its DNS records and DHCP reservations, in whichever networks they are. */
  readonly records: readonly Placed[];
  readonly reservations: readonly Placed[];
  readonly disk: DiskSeen | undefined;
  /** What its disk was made over; undefined: it never had one. */
  readonly diskOf: string | undefined;
  /** What some of it is still called. */
  readonly was?: Address | undefined;
  /** Something of its last run is left. */
  readonly leftover?: boolean;
  /** Nova has given it up. */
  readonly forgotten?: boolean;
  /** The files that say whose it is are there. */
  readonly owned: boolean;
  /** seconds, as they are known to whoever stops it */
  readonly stopTimeout: number | undefined;
  /** Devices of the host that it has, or is to have; undefined: it has none, and is to have none. */
  readonly gpus?: GpusSeen;
  /** What runs machines best on this host; undefined: nobody has tried. */
  readonly accelerator: Accelerator | undefined;
}

/** Its link on the host. */
export interface LinkSeen {
  readonly up: boolean;
  readonly master: string | undefined;
  /** bytes */
  readonly mtu: number;
  /** Of one that lies over a link of the host. */
  readonly macvtap?: {
    readonly over: string;
    readonly mac: string;
    /** It takes what is sent to any group. */
    readonly allmulti: boolean;
  };
}

/** What was seen of devices of the host for a machine. */
export interface GpusSeen {
  /** Devices that it has taken itself. */
  readonly record: DeviceRecord | undefined;
  /** The one suitable GPU with the other functions of its card, where that is asked for. */
  readonly one: readonly DeviceSeen[];
  /** Why there is no suitable one. */
  readonly none: Issue | undefined;
  /** Those that it has taken, and those that it might take. */
  readonly devices: readonly DeviceSeen[];
  /** Of the machine. */
  readonly identity: string;
  /** Mediated devices of its own that there are. */
  readonly made: readonly MediatedPart[];
  /** How many ports for devices the QEMU that runs has. */
  readonly ports: number;
  /** Devices that the QEMU that runs has; undefined: it does not answer. */
  readonly has: readonly { readonly address: string; readonly port: number }[] | undefined;
  /** The kernel has not come back from a write to one of them. */
  readonly stuck: string | undefined;
}

export interface Placed {
  readonly path: string;
  readonly text: string;
}

/** What a QEMU was started with, in the words of the NovaFile; a part that is not there is undefined. */
export interface Configuration {
  readonly cpu: number | undefined;
  /** bytes */
  readonly memory: number | undefined;
  readonly accel: string | undefined;
  readonly 'boot.kernel': string | undefined;
  readonly 'boot.initrd': string | undefined;
  readonly 'boot.cmdline': string | undefined;
  /** It has a disk. */
  readonly disk: boolean;
  /** bytes, of the network card that it was started with */
  readonly mtu: number | undefined;
  /** It has a port for its network card: one can be plugged in and taken out while it runs. */
  readonly nicPort: boolean;
  /** It was started with a network card that is in no such port, as older versions did it. */
  readonly fixedNic: boolean;
  /** Ports for devices of the host. */
  readonly ports: number;
  /** Files with the firmware of devices of the host that it was started with, by their addresses; empty: its own. */
  readonly roms: Readonly<Record<string, string>>;
}
