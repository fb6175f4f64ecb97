/** The PCI devices of a machine and what decides whether one may be handed over. Plain data: it can be kept as JSON. */
export interface PciHost {
  /** In the order of their addresses. */
  readonly devices: readonly PciDevice[];
  readonly platform: Platform;
}

export interface PciDevice {
  /** As `0000:01:00.0`. */
  readonly address: string;
  /** Base class, subclass and interface, as 0x030000 for a VGA controller. */
  readonly class: number;
  /** Four hexadecimal digits, as `10de`. */
  readonly vendor: string;
  readonly device: string;
  /** `vendor:device` of who made the card; undefined: the device has none. */
  readonly subsystem: string | undefined;
  readonly revision: number;
  /** What it is made of: only endpoints are handed over, bridges stay with the host. */
  readonly header: 'endpoint' | 'bridge' | 'cardbus';
  /** Who drives it, as `nvidia`; undefined: nobody. */
  readonly driver: string | undefined;
  /** The kernel module of the driver; undefined for one that is built in. */
  readonly module: string | undefined;
  /** The only driver that may take it; undefined: any. */
  readonly driverOverride: string | undefined;
  /** Number of its IOMMU group; undefined: no IOMMU stands before it. */
  readonly group: number | undefined;
  /** How the kernel would reset it, as `flr` and `bus`, the first that works; undefined: the kernel is too old to tell (before 5.15). */
  readonly resetMethods: readonly string[] | undefined;
  /** Whether the kernel can reset it at all. */
  readonly resets: boolean;
  /** What its driver calls it, as `NVIDIA H200`; undefined: the driver does not say. */
  readonly product: string | undefined;
  /** Virtual functions: how many it can have and has. Undefined: it cannot be split. */
  readonly sriov: { readonly total: number; readonly count: number; readonly autoprobe: boolean } | undefined;
  /** Addresses of its virtual functions, by their number. */
  readonly functions: readonly string[];
  /** The device of which this is a virtual function. */
  readonly physicalFunction: string | undefined;
  /** Undefined: the machine has but one node, or does not tell. */
  readonly numa: number | undefined;
  readonly bars: readonly PciBar[];
  /** The firmware showed its messages on it; undefined for what is no VGA device. */
  readonly bootVga: boolean | undefined;
  /** What the firmware calls it, as `Onboard - Video`. */
  readonly label: string | undefined;
  /** The label of the slot that it is in, as `PCIEX16_1`, or its number. */
  readonly slot: string | undefined;
  /** The bridges between it and the root, nearest last. */
  readonly above: readonly string[];
  /** Access Control Services of a bridge, as `lspci` shows them; undefined: not a bridge, or it may not be read. */
  readonly acs: Acs | undefined;
  /** As `D0`, `D3cold`; undefined: the kernel does not tell. */
  readonly power: string | undefined;
  /** What the host makes of it. */
  readonly uses: readonly PciUse[];
  /** Why the host cannot do without it. */
  readonly needs: readonly PciNeed[];
  /** Device nodes that reach it, as `/dev/dri/renderD128`, `/dev/nvidia0`, `/dev/vfio/12`. */
  readonly nodes: readonly string[];
  /** Types of mediated devices that can be made of it, as `nvidia-63`. */
  readonly mdevTypes: readonly MdevType[];
  /** Those that are made of it. */
  readonly mediated: readonly Mediated[];
}

/** What a device itself says of who has it: all that a write changes, without what the host makes of it. */
export type PciState = Pick<
  PciDevice,
  'address' | 'driver' | 'driverOverride' | 'group' | 'resetMethods' | 'sriov' | 'functions'
>;

/** A region of memory or ports. */
export interface PciBar {
  /** 0 to 5; 6 is the expansion ROM. */
  readonly index: number;
  readonly start: number;
  /** bytes */
  readonly size: number;
  readonly kind: 'memory' | 'ports';
  readonly bits: 32 | 64;
  readonly prefetchable: boolean;
}

/** PCI Express Base Specification, 7.7.11: `whole` is all that keeps devices behind it from reaching each other. */
export interface Acs {
  /** It has the capability. */
  readonly able: boolean;
  /** Source validation, request and completion redirect, and upstream forwarding are on. */
  readonly whole: boolean;
}

export interface PciUse {
  readonly as: 'disk' | 'link' | 'display' | 'connector' | 'sound' | 'framebuffer';
  /** As `nvme0n1`, `enp6s0`, `card0`, `DP-1`, `fb0`. */
  readonly name: string;
}

export type PciNeed =
  | { readonly what: 'mount'; readonly target: string; readonly disk: string }
  | { readonly what: 'swap'; readonly disk: string }
  | { readonly what: 'uplink'; readonly link: string }
  | { readonly what: 'console'; readonly by: string }
  | { readonly what: 'screen'; readonly connector: string };

export interface MdevType {
  readonly type: string;
  /** As `GRID P40-1Q`; empty: the driver gives it none. */
  readonly name: string;
  /** What it has, in the words of the driver: `num_heads=4, frl_config=45`; empty: it says nothing. */
  readonly description: string;
  /** How programs speak to one, as `vfio-pci`; empty: the driver does not say. */
  readonly api: string;
  /** How many more can be made. */
  readonly available: number;
}

/** A device that a driver has made of a part of another (Linux, Documentation/driver-api/vfio-mediated-device.rst). */
export interface Mediated {
  readonly uuid: string;
  readonly type: string;
}

/** What is true of the machine, not of one device. Undefined is always: it could not be found out. */
export interface Platform {
  /** As `6.1.0-18-amd64`. */
  readonly kernel: string | undefined;
  /** `x64`, `arm64` … as the kernel module for the IOMMU depends on it. */
  readonly cpu: 'intel' | 'amd' | 'other' | undefined;
  /** It is a virtual machine itself. */
  readonly guest: boolean;
  /** sysfs shows a PCI bus at all. */
  readonly visible: boolean;
  readonly iommu: {
    /** IOMMUs that the kernel uses, as `dmar0`, `ivhd0`. */
    readonly units: readonly string[];
    /** The table by which firmware tells of one: `DMAR`, `IVRS`, `IORT`. */
    readonly table: string | undefined;
    /** Words of the kernel command line that are about it, in their order. */
    readonly words: readonly string[];
  };
  readonly vfio: {
    /** `builtIn` and `loaded` can be used now, `module` can be loaded, `missing` is not there for this kernel. */
    readonly state: 'builtIn' | 'loaded' | 'module' | 'missing';
    /** `vfio_iommu_type1.allow_unsafe_interrupts`, `vfio_pci.disable_idle_d3` … that are set, as `key=value`. */
    readonly parameters: readonly string[];
  };
  /** Modules that are kept from being loaded, by their names with `_`. */
  readonly blacklist: Readonly<Record<string, Blacklisted>>;
  /** `none`, `integrity` or `confidentiality` (kernel_lockdown(7)). */
  readonly lockdown: string | undefined;
  readonly secureBoot: boolean | undefined;
  /** bytes that may be locked into memory; undefined: as many as there are. */
  readonly lockable: number | undefined;
  /** bytes */
  readonly memory: number | undefined;
  readonly nvidia: NvidiaDriver | undefined;
}

export interface Blacklisted {
  /** A file of modprobe.d(5), or `the kernel command line`. */
  readonly by: string;
  /** Also for who asks for it by its name; otherwise only the kernel does not load it by itself, for a device. */
  readonly firmly: boolean;
}

/** NVIDIA's own driver as procfs shows it. */
export interface NvidiaDriver {
  readonly version: string;
  /** Its kernel module is the one with open sources. */
  readonly open: boolean;
  readonly cards: Readonly<Record<string, NvidiaCard>>;
}

/** What `/proc/driver/nvidia/gpus/ADDRESS` tells. */
export interface NvidiaCard {
  readonly model: string;
  readonly uuid: string;
  /** Number of `/dev/nvidiaN`. */
  readonly minor: number | undefined;
}
