import type { Address, Kind, Manifest } from '../../schema/manifest.ts';

type Graphed = Pick<Manifest, 'project' | 'resources'>;

/** How Graphviz draws each kind; what is not named is a box. */
const dotShapes: Partial<Record<Kind, string>> = {
  network: 'ellipse',
  volume: 'cylinder',
  image: 'folder',
  container: 'box',
  vm: 'box3d',
};

/** For Graphviz: an arrow leads from each resource to what it needs. Resources are in order of their addresses. */
export function dotGraph({ project, resources }: Graphed): string {
  const nodes = resources.map(({ address, kind, name }) => {
    return `  ${dotText(address)} [label=${dotText(`${kind}\n${name}`)} shape=${dotShapes[kind] ?? 'box'}]`;
  });
  const edges = edgesOf(resources).map(([from, to]) => `  ${dotText(from)} -> ${dotText(to)}`);
  return [`digraph ${dotText(project)} {`, '  rankdir=LR', ...nodes, ...edges, '}', ''].join('\n');
}

/** The DOT language knows one escape in quotes, `\"`; `\n` is one of labels. */
function dotText(text: string): string {
  return `"${text.replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/** How Mermaid draws each kind; what is not named is a box. */
const mermaidShapes: Partial<Record<Kind, readonly [string, string]>> = {
  network: ['([', '])'],
  volume: ['[(', ')]'],
  image: ['[/', '/]'],
  vm: ['[[', ']]'],
};

/** For Mermaid, which GitHub and others show in Markdown. Otherwise as {@link dotGraph}. */
export function mermaidGraph({ resources }: Graphed): string {
  // Its own words (`end`, `graph`) cannot be names of nodes.
  const ids = new Map(resources.map(({ address }, index) => [address, `n${index}`]));
  const nodes = resources.map(({ address, kind, name }) => {
    const [open, close] = mermaidShapes[kind] ?? ['[', ']'];
    return `  ${ids.get(address)}${open}"${kind}<br>${name}"${close}`;
  });
  const edges = edgesOf(resources).map(([from, to]) => `  ${ids.get(from)} --> ${ids.get(to)}`);
  return ['flowchart LR', ...nodes, ...edges, ''].join('\n');
}

function edgesOf(resources: Graphed['resources']): readonly (readonly [Address, Address])[] {
  return resources.flatMap(({ address, dependsOn }) => dependsOn.map((to) => [address, to] as const));
}
