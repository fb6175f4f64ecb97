/** What was seen of a PCI device. */
export interface GpuSeen {
  /** As `0000:01:00.0`. */
  readonly address: string;
}
