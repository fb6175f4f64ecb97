import type { NvidiaCard, NvidiaDriver } from './model.ts';
import { type KernelTree, numberIn } from './tree.ts';

/** NVIDIA's driver, where it is loaded; its documentation, chapter "The /proc Filesystem Interface". */
export function readNvidia(tree: KernelTree): NvidiaDriver | undefined {
  const told = tree.text('/proc/driver/nvidia/version');
  const [, version] = /Kernel Module(?: for \S+)?\s+(\d+(?:\.\d+)+)/.exec(told ?? '') ?? [];
  if (told === undefined || version === undefined) return undefined;
  const folder = '/proc/driver/nvidia/gpus';
  const cards = tree
    .names(folder)
    .map((name) => [addressOf(name), readCard(tree.text(`${folder}/${name}/information`))] as const);
  return { version, open: told.includes('Open Kernel Module'), cards: Object.fromEntries(cards) };
}

/** It writes the address as the kernel does, at least since 2017. */
function addressOf(name: string): string {
  return name.toLowerCase();
}

function readCard(text = ''): NvidiaCard {
  const value = (key: string) => new RegExp(`^${key}:\\s*(.+)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  return { model: value('Model'), uuid: value('GPU UUID'), minor: numberIn(value('Device Minor')) };
}
