/**
 * How often a property is tried: `usual` times, or NOVA_RUNS times (10,000 is what the language is held to; it takes
 * minutes).
 */
export function runs(usual: number): number {
  return Number(process.env['NOVA_RUNS'] ?? usual);
}
