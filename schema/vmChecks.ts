import type { TableProblem } from './problem.ts';
import { checkProbe } from './probe.ts';
import type { WrittenVm } from './vm.ts';
import { standardsOf } from './vmSpec.ts';

/** What does not fit together within one table; paths as within it. */
export function checkVm(table: WrittenVm): readonly TableProblem[] {
  return [...checkStart(table), ...checkMachine(table), ...checkProbe(table.probe), ...checkShares(table)];
}

function checkStart({ image, boot, disk }: WrittenVm): readonly TableProblem[] {
  const involves = ['image', 'boot'];
  const problems: TableProblem[] = [];
  if (image === undefined && boot === undefined) {
    const message = 'a machine needs something to start from';
    const hint = 'add image = "./debian.qcow2", or boot = { kernel = "./vmlinuz" }';
    problems.push({ code: 'schema.missing', message, hint, path: [], on: 'table', involves });
  }
  if (image === undefined && disk !== undefined) {
    const hint = 'add image = "./debian.qcow2"; an empty disk is made with: qemu-img create empty.raw 1M';
    const message = 'disk needs an image to be larger than';
    problems.push({ code: 'schema.missing', message, hint, path: ['disk'], involves });
  }
  return problems;
}

/** What a kind of machine needs, and what it cannot have. */
function checkMachine(table: WrittenVm): readonly TableProblem[] {
  const { machine, firmware, secure_boot, boot } = table;
  const involves = ['machine', 'firmware', 'secure_boot', 'boot'];
  const problems: TableProblem[] = [];
  const refuse = (key: string, message: string, hint: string) =>
    problems.push({ code: 'schema.value', message, hint, path: [key], involves });
  if (machine === 'microvm' && boot === undefined) {
    const hint = 'add boot = { kernel = "./vmlinuz" }, or leave out machine';
    refuse('machine', 'a microvm starts a kernel directly, and boot names none', hint);
  }
  for (const name of ['firmware', 'secure_boot', 'tpm', 'gpu_passthrough'] as const) {
    const given = table[name];
    if (machine !== 'microvm' || given === undefined || given === false || given === 'bios') continue;
    refuse(name, `a microvm has no place for ${name}`, 'leave it out, or set machine = "q35"');
  }
  if (secure_boot === true && firmware === 'bios')
    refuse('secure_boot', 'secure_boot needs firmware = "uefi"', 'leave out firmware, or secure_boot');
  if (machine !== 'windows11') return problems;
  for (const [name, wrong] of [
    ['firmware', firmware === 'bios'],
    ['secure_boot', secure_boot === false],
    ['tpm', table.tpm === false],
  ] as const)
    if (wrong)
      refuse(name, `Windows 11 does not start without ${says[name]}`, 'leave it out, or set machine = "q35"');
  const least = standardsOf(table);
  if (table.cpu !== undefined && table.cpu < least.cpu)
    refuse('cpu', `Windows 11 needs at least ${least.cpu} processors`, 'for example cpu = 4');
  if (table.memory !== undefined && table.memory < least.memory)
    refuse('memory', 'Windows 11 needs at least 4Gi of memory', 'for example memory = "8Gi"');
  return problems;
}

const says = { firmware: 'UEFI', secure_boot: 'secure boot', tpm: 'a TPM' } as const;

function checkShares({ shares = [] }: WrittenVm): readonly TableProblem[] {
  return shares.flatMap(({ tag }, index): readonly TableProblem[] => {
    if (shares.findIndex((other) => other.tag === tag) === index) return [];
    const message = `the tag ${tag} is that of an earlier share`;
    return [
      { code: 'schema.value', message, hint: 'give each a tag of its own', path: ['shares', index, 'tag'] },
    ];
  });
}
