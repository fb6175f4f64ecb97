/**
 * Files of modules with everything that they need, in the order in which they can be loaded. Pure.
 * @param dependencies text of `modules.dep`: `kernel/a.ko: kernel/b.ko kernel/c.ko`
 * @param names as `virtio_pci`; one that is built into the kernel, and so not listed, is left out
 */
export function loadOrder(dependencies: string, names: readonly string[]): readonly string[] {
  const needs = new Map(
    dependencies.split('\n').map((line) => {
      const [file = '', list = ''] = line.split(':');
      return [file, list.split(' ').filter(Boolean)] as const;
    }),
  );
  const ordered = new Set<string>();
  const add = (file: string): void => {
    // The last needed stands first in the file; what is needed goes before.
    for (const needed of (needs.get(file) ?? []).toReversed()) ordered.add(needed);
    ordered.add(file);
  };
  for (const name of names) {
    const file = [...needs.keys()].find((each) => moduleName(each) === name);
    if (file !== undefined) add(file);
  }
  return [...ordered];
}

/** Of `kernel/drivers/virtio/virtio-pci.ko.xz` is `virtio_pci`. */
function moduleName(file: string): string {
  return (file.split('/').at(-1) ?? '').replace(/\.ko(\.\w+)?$/, '').replaceAll('-', '_');
}
