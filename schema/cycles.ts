import type { Address } from './manifest.ts';
import type { Problem } from './problem.ts';
import type { Edge } from './references.ts';

/** Resources that wait for each other, each with its way round: `container.a -> container.b -> container.a`. */
export function checkCycles(edges: readonly Edge[]): readonly Problem[] {
  const outgoing = Map.groupBy(edges, ({ from }) => from);
  const settled = new Set<Address>();
  return [...outgoing.keys()].toSorted().flatMap((start) => cyclesFrom(start, outgoing, settled));
}

/** One place on the way from the start, and what is still to be followed from there. */
interface Stop {
  readonly address: Address;
  readonly left: Edge[];
}

/** Walks on without recursion: a chain may be as long as the file. */
function cyclesFrom(
  start: Address,
  outgoing: ReadonlyMap<Address, readonly Edge[]>,
  settled: Set<Address>,
): readonly Problem[] {
  if (settled.has(start)) return [];
  const problems: Problem[] = [];
  const told = new Set<Address>();
  const way: Stop[] = [];
  const onWay = new Map<Address, number>();
  const enter = (address: Address) => {
    onWay.set(address, way.length);
    way.push({ address, left: (outgoing.get(address) ?? []).toReversed() });
  };
  enter(start);
  for (let stop = way.at(-1); stop !== undefined; stop = way.at(-1)) {
    const edge = stop.left.pop();
    if (edge === undefined) {
      settled.add(stop.address);
      onWay.delete(stop.address);
      way.pop();
      continue;
    }
    const back = onWay.get(edge.to);
    if (back === undefined) {
      if (!settled.has(edge.to)) enter(edge.to);
      continue;
    }
    const ring = way.slice(back).map(({ address }) => address);
    if (ring.some((address) => told.has(address))) continue;
    for (const address of ring) told.add(address);
    problems.push(describe(ring, outgoing));
  }
  return problems;
}

function describe(ring: readonly Address[], outgoing: ReadonlyMap<Address, readonly Edge[]>): Problem {
  const [least] = ring.toSorted();
  const first = ring.findIndex((address) => address === least);
  const turned = [...ring.slice(first), ...ring.slice(0, first)];
  const round = [...turned, ...turned.slice(0, 1)];
  const edge = round
    .slice(0, 1)
    .flatMap((from) => outgoing.get(from) ?? [])
    .find(({ to }) => to === round[1]);
  return {
    code: 'reference.cycle',
    message: `these wait for each other: ${round.join(' -> ')}`,
    hint: 'remove one of the references; a container finds another by its name, which needs no reference',
    path: edge?.path ?? [],
    ...(edge?.within === undefined ? {} : { within: edge.within }),
  };
}
