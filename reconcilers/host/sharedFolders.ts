/** How many are making something in folders that they share, and what was to be taken away meanwhile. */
let making = 0;
const waiting = new Map<string, () => void>();

/**
 * While this works no folder is taken away for being empty. An OCI runtime makes a cgroup with its parents, one after the
 * other, and conmon a socket in a folder for all: each fails when the end of another capsule takes one away in between.
 */
export async function whileMaking<Result>(work: () => Promise<Result>): Promise<Result> {
  making += 1;
  try {
    return await work();
  } finally {
    making -= 1;
    if (making === 0) removeWaiting();
  }
}

/** Takes something empty away as soon as nothing is being made: at once, or at the end of {@link whileMaking}. */
export function whenNothingIsMade(path: string, remove: () => void): void {
  if (making === 0) remove();
  else waiting.set(path, remove);
}

function removeWaiting(): void {
  const removals = [...waiting.values()];
  waiting.clear();
  for (const remove of removals) remove();
}
