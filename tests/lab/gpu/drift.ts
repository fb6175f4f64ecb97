import type { Devices } from './devices.ts';

/** What a hand does to a device, as a script of `sh`; each says which resource it is found at. */
export interface Mutation {
  readonly what: string;
  readonly resource: 'card' | 'nic' | 'display' | 'ssd';
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
  const { card, sound, nic, display, ssd } = at;
  const of =
    (resource: Mutation['resource']) =>
    (what: string, script: string): Mutation => ({ what, resource, script });
  const [inCard, inNic, inDisplay, inSsd] = [of('card'), of('nic'), of('display'), of('ssd')];
  return [
    inNic('unbound', unbind(nic)),
    inNic('its name alone taken away', override(nic, '')),
    inNic('kept for another driver', override(nic, 'pci-stub')),
    inNic('back with the driver of the host', give(nic, '')),
    inNic('with pci-stub', `modprobe pci-stub\n${give(nic, 'pci-stub')}`),
    inNic('removed from the bus and found again', rescan(nic)),
    inNic('the record lost', `rm ${record('nic')}`),
    inNic('the record damaged', `echo rubbish > ${record('nic')}`),
    inNic('unbound, and its name alone taken away', `${unbind(nic)}\n${override(nic, '')}`),
    inCard('the sound alone unbound', unbind(sound)),
    inCard('the sound alone back with the host', give(sound, '')),
    inCard('the display alone unbound', unbind(card)),
    inCard('the display alone kept for another driver', override(card, 'pci-stub')),
    inCard('both back with the host', `${give(card, '')}\n${give(sound, '')}`),
    inCard('the sound alone removed and found again', rescan(sound)),
    inCard('all of it removed and found again', rescan(sound, card)),
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
    inSsd('removed from the bus and found again', rescan(ssd)),
    inSsd('the record lost', `rm ${record('ssd')}`),
  ];
}

/** In rounds, each with one mutation of a resource at most: what a command costs is shared. */
export function inRounds(all: readonly Mutation[]): readonly (readonly Mutation[])[] {
  const queues = [...Map.groupBy(all, ({ resource }) => resource).values()];
  const longest = Math.max(...queues.map(({ length }) => length));
  return Array.from({ length: longest }, (_, round) => queues.flatMap((queue) => queue[round] ?? []));
}
