const open: AsyncDisposable[] = [];

/** Remembers something until it is disposed of, so that whoever is interrupted can do that. */
export function tracked<T extends AsyncDisposable>(thing: T): T {
  const dispose = thing[Symbol.asyncDispose].bind(thing);
  const whole: T = {
    ...thing,
    [Symbol.asyncDispose]: async () => {
      const index = open.indexOf(whole);
      if (index !== -1) open.splice(index, 1);
      await dispose();
    },
  };
  open.push(whole);
  return whole;
}

/** Takes away what is left, the youngest first. */
export async function disposeAll(): Promise<void> {
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) await last[Symbol.asyncDispose]();
}
