import type { Devices } from './devices.ts';

/** What a hand does to a device, as a script of `sh`; each says which resource it is found at. */
export interface Mutation {
  readonly what: string;
  readonly resource: 'card' | 'sound' | 'nic' | 'display' | 'ssd';
  readonly script: string;
}

const bus = '/sys/bus/pci';

const unbind = (address: string): string => `echo ${address} > ${bus}/devices/${address}/driver/unbind`;
const override = (address: string, driver: string): string =>
  `echo "${driver}" > ${bus}/devices/${address}/driver_override`;
const probe = (address: string): string => `echo ${address} > ${bus}/drivers_probe`;
/** As a person does it who wants another driver. */
const give = (address: string, driver: string): string =>
  [unbind(address), override(address, driver), probe(address)].join('\n');
const rescan = (...addresses: readonly string[]): string =>
  [...addresses.map((each) => `echo 1 > ${bus}/devices/${each}/remove`), `echo 1 > ${bus}/rescan`].join('\n');
const split = (address: string, count: number): string =>
  `echo 0 > ${bus}/devices/${address}/sriov_numvfs\necho ${count} > ${bus}/devices/${address}/sriov_numvfs`;

/** @param record file of the record of a resource */
export function mutations(at: Devices, record: (name: Mutation['resource']) => string): readonly Mutation[] {
  const { card, sound, nic, second, display, ssd } = at;
  const of =
    (resource: Mutation['resource']) =>
    (what: string, script: string): Mutation => ({ what, resource, script });
  const [inCard, inSound, inNic] = [of('card'), of('sound'), of('nic')];
  const [inDisplay, inSsd] = [of('display'), of('ssd')];
  return [
    inNic('both functions unbound', `${unbind(nic)}\n${unbind(second)}`),
    inNic('the name alone of the first taken away', override(nic, '')),
    inNic('the second kept for another driver', override(second, 'pci-stub')),
    inNic('both back with the drivers of the host', `${give(nic, '')}\n${give(second, '')}`),
    inNic('the second with pci-stub', `modprobe pci-stub\n${give(second, 'pci-stub')}`),
    inNic('the second removed from the bus and found again', rescan(second)),
    inNic('both removed from the bus and found again', rescan(second, nic)),
    inNic('the record lost', `rm ${record('nic')}`),
    inSound('unbound', unbind(sound)),
    inSound('back with the driver of the host', give(sound, '')),
    inSound('removed from the bus and found again', rescan(sound)),
    inSound('the record damaged', `echo rubbish > ${record('sound')}`),
    inSound('unbound, and its name alone taken away', `${unbind(sound)}\n${override(sound, '')}`),
    inCard('unbound', unbind(card)),
    inCard('kept for another driver', override(card, 'pci-stub')),
    inCard('its name alone taken away', override(card, '')),
    inCard('removed from the bus and found again', rescan(card)),
    inCard('the record lost', `rm ${record('card')}`),
    inDisplay('back with the driver of the host', give(display, '')),
    inDisplay('unbound', unbind(display)),
    inDisplay('removed from the bus and found again', rescan(display)),
    inDisplay('its name alone taken away', override(display, '')),
    inSsd('its functions gone', split(ssd, 0)),
    inSsd('one function in place of two', split(ssd, 1)),
    inSsd('four functions in place of two', split(ssd, 4)),
    inSsd('its driver gone', unbind(ssd)),
    inSsd('with vfio-pci', give(ssd, 'vfio-pci')),
    inSsd('kept for another driver', override(ssd, 'vfio-pci')),
    // Before it goes its functions have to be gone: the kernel counts on that (drivers/pci/iov.c: `sriov_release`).
    inSsd(
      'removed from the bus and found again',
      `${split(ssd, 0)}\n${rescan(ssd)}\necho 0 > ${bus}/devices/${ssd}/sriov_drivers_autoprobe`,
    ),
    inSsd('the record lost', `rm ${record('ssd')}`),
  ];
}

/** In rounds, each with one mutation of a resource at most: what a command costs is shared. */
export function inRounds(all: readonly Mutation[]): readonly (readonly Mutation[])[] {
  const queues = [...Map.groupBy(all, ({ resource }) => resource).values()];
  const longest = Math.max(...queues.map(({ length }) => length));
  return Array.from({ length: longest }, (_, round) => queues.flatMap((queue) => queue[round] ?? []));
}
