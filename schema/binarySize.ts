/** `64Mi`; bytes that are no whole number of a unit stay a number. */
export function binarySize(bytes: number): string | number {
  const units = ['Gi', 'Mi', 'Ki'] as const;
  const unit = units.find((_, index) => bytes > 0 && bytes % 1024 ** (3 - index) === 0);
  return unit === undefined ? bytes : `${bytes / 1024 ** (3 - units.indexOf(unit))}${unit}`;
}
