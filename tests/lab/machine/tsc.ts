/**
 * kHz of this machine's time stamp counter, which is that of the lab too. A kernel that measures it against an emulated
 * timer while this machine is busy finds several times less, and its clock runs away: a minute is over in seconds.
 * Undefined where it is not known here either: a virtual machine says it as the speed of its processor, a real one says
 * how fast that is going at the moment.
 * @param cpuinfo text of `/proc/cpuinfo`
 */
export function tscFrequency(cpuinfo: string): number | undefined {
  const flags = /^flags\s*: (.*)$/m.exec(cpuinfo)?.[1]?.split(' ') ?? [];
  const isTold = ['hypervisor', 'constant_tsc', 'tsc_known_freq'].every((flag) => flags.includes(flag));
  const speed = Number(/^cpu MHz\s*: ([\d.]+)$/m.exec(cpuinfo)?.[1]);
  return isTold && !flags.includes('aperfmperf') && speed > 0 ? Math.round(speed * 1000) : undefined;
}
