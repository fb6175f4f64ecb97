/**
 * Nodes in layers' order: each after everything that it waits for, ties in the order given, so that the same plan is
 * always shown the same way. Edges to nodes that are not there count for nothing. The graph has no cycle: the schema
 * refuses those of a manifest.
 */
export function inOrder<Node extends string>(
  nodes: readonly Node[],
  waitsFor: (node: Node) => readonly Node[],
): readonly Node[] {
  const placed = new Set<Node>();
  const known = new Set(nodes);
  const ordered: Node[] = [];
  const place = (node: Node): void => {
    if (placed.has(node)) return;
    placed.add(node);
    for (const before of waitsFor(node)) if (known.has(before)) place(before);
    ordered.push(node);
  };
  for (const node of nodes) place(node);
  return ordered;
}

/** The nodes given and all that they wait for, directly or not. */
export function withDependencies<Node extends string>(
  nodes: Iterable<Node>,
  waitsFor: (node: Node) => readonly Node[],
): ReadonlySet<Node> {
  const reached = new Set<Node>();
  const reach = (node: Node): void => {
    if (reached.has(node)) return;
    reached.add(node);
    for (const next of waitsFor(node)) reach(next);
  };
  for (const node of nodes) reach(node);
  return reached;
}
