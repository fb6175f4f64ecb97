import { isTable } from '../table.ts';

/** What is written above laid over what is below: tables merge key by key, all else replaces. */
export function overlay(above: unknown, below: unknown): unknown {
  if (!isTable(above) || !isTable(below)) return above;
  const merged = new Map(Object.entries(below));
  for (const [key, value] of Object.entries(above))
    merged.set(key, merged.has(key) ? overlay(value, merged.get(key)) : value);
  return Object.fromEntries(merged);
}
