import type { Mediated } from './model.ts';

/**
 * Changes PCI devices, each by one write to sysfs. A write that the kernel does not come back from within its time is
 * left behind and rejects with `gpu.stuck`; what the kernel refuses rejects with `host.command` and its words.
 * Addresses are as `0000:01:00.0`.
 */
export interface Pci {
  /** Takes it from whoever drives it. One that nobody drives is done. */
  unbind(address: string): Promise<void>;
  /** Says which driver alone may take it; undefined: any that fits. Takes it from nobody. */
  override(address: string, driver: string | undefined): Promise<void>;
  /** Lets drivers look at it. One that somebody drives is left with them. */
  probe(address: string): Promise<void>;
  /** Gives one that nobody drives to a driver of this name. Rejects with `gpu.driver` when there is none, and `host.command` when it does not take it. */
  bind(address: string, driver: string): Promise<void>;
  /** Puts it into the state that it has after power-on. */
  reset(address: string): Promise<void>;
  /** Makes that many virtual functions; the kernel goes from one number to another through 0 alone. */
  split(address: string, count: number): Promise<void>;
  /** Has the driver of a device make a mediated one of this type, which is called so; one that is there is done. */
  mediate(address: string, mediated: Mediated): Promise<void>;
  /** Takes a mediated device away that no program has open; one that is not there is done. */
  unmediate(address: string, uuid: string): Promise<void>;
  /** Has `vfio-pci` there for a user of it: the module is loaded where it is one. */
  load(user: string): Promise<void>;
  /** The last user's return takes the module out, if it was loaded for the first and nobody else uses it. */
  unload(user: string): Promise<void>;
  /**
   * Remembers what stood before the first write, in the state: a second line of defence.
   * @param what a device, or a part of what is known of it, as `0000:01:00.0/functions`
   * @returns what was remembered first for it by this user
   */
  remember(what: string, original: string, user: string): Promise<string>;
  /** What was remembered need not be any more. */
  forget(what: string, user: string): Promise<void>;
}

/** Where the writes of a scope run, so that one that is left behind is found: a cgroup for each device. */
export function writersCgroup(scope: { readonly id: string }): string {
  return `/nova/${scope.id}/pci`;
}

/** A colon stands in no name of a cgroup of Nova's. */
export function writerCgroup(scope: { readonly id: string }, address: string): string {
  return `${writersCgroup(scope)}/${address.replaceAll(':', '-')}`;
}

/** The device that a write in this cgroup is about; undefined: none is. */
export function deviceOfWriter(scope: { readonly id: string }, cgroup: string): string | undefined {
  const inner = cgroup.startsWith(`${writersCgroup(scope)}/`) ? cgroup.split('/').at(-1) : undefined;
  return inner?.replaceAll('-', ':');
}
