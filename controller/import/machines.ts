import type { Process } from '../../reconcilers/host/view.ts';
import { beside, type Found } from './found.ts';

/**
 * A virtual machine by the command line of its QEMU; undefined when the process is none.
 * @param folder that its relative paths are seen from, absolute
 */
export function machineOf({ argv, pid }: Pick<Process, 'argv' | 'pid'>, folder: string): Found | undefined {
  const program = argv[0]?.split('/').at(-1) ?? '';
  if (!/^qemu-system-x86_64$|^qemu-kvm$|^kvm$/.test(program)) return undefined;
  const values = (name: string): readonly string[] =>
    argv.filter((_, index) => argv[index - 1] === name || argv[index - 1] === `-${name}`);
  const one = (name: string): string | undefined => values(name).at(-1);
  const at = (path: string): string => (path.startsWith('/') ? path : `${folder}/${path}`);
  const disks = [
    ...values('-hda'),
    ...values('-drive').flatMap((drive) => fileIn(drive)),
    ...values('-blockdev').flatMap(fileInBlockdev),
  ];
  const kernel = one('-kernel');
  const initrd = one('-initrd');
  const cmdline = one('-append');
  const cpus = Number(/^(?:cpus=)?(\d+)/.exec(one('-smp') ?? '1')?.[1] ?? 1);
  const [disk, ...more] = disks;
  const networks = [...values('-netdev'), ...values('-nic'), ...values('-net')];
  const calledThere = /^(?:guest=)?([^,]+)/.exec(one('-name') ?? '')?.[1] ?? `vm-${pid}`;
  return {
    kind: 'vm',
    adoptable: false,
    calledThere,
    table: {
      ...(disk === undefined ? {} : { image: at(disk) }),
      ...(kernel === undefined
        ? {}
        : {
            boot: {
              kernel: at(kernel),
              ...(initrd === undefined ? {} : { initrd: at(initrd) }),
              ...(cmdline === undefined ? {} : { cmdline }),
            },
          }),
      ...(cpus === 1 ? {} : { cpu: cpus }),
      memory: memoryOf(one('-m')),
      accel: accelerationOf(argv, one('-accel')),
    },
    notes: [
      beside(whyNot(one('-uuid')), stopOf(argv, calledThere, pid)),
      ...(disk === undefined && kernel === undefined
        ? ['What it starts from cannot be told from its command line.']
        : []),
      ...(disk === undefined
        ? []
        : ['Nova never writes to the image itself: what the machine writes goes to a disk over it.']),
      ...(more.length === 0 ? [] : [`Its further disks are left out: ${more.join(', ')}.`]),
      ...(networks.length === 0 ? [] : [`Its network is left out: ${networks.join('; ')}.`]),
    ],
  };
}

/** What a QEMU is known by is on its command line, which nobody changes while it runs. */
function whyNot(uuid: string | undefined): string {
  const other = uuid === undefined ? 'this one has none' : `this one has ${uuid}`;
  return `Nova knows a QEMU again by its -uuid, and ${other}`;
}

/** libvirt holds the monitor of its machines; others may have one that a person can use. */
function stopOf(argv: readonly string[], name: string, pid: number): string {
  if (argv.some((word) => word.includes('/libvirt/'))) return `virsh shutdown ${name}`;
  const words = argv.filter((_, index) => /^--?(?:qmp|monitor|chardev)$/.test(argv[index - 1] ?? ''));
  const [path] = words.flatMap((word) => /(?:^unix:|path=)([^,]+)/.exec(word)?.[1] ?? []);
  return path === undefined ? `shut it down, or kill ${pid}` : `shut it down, its monitor is at ${path}`;
}

/** In MiB unless a unit says otherwise; 128 MiB without one (qemu-system(1)). */
function memoryOf(written = '128'): string {
  const [, amount = '128', unit = 'M'] = /^(?:size=)?(\d+)([KMGT]?)/i.exec(written) ?? [];
  return `${amount}${unit === '' ? 'M' : unit.toUpperCase()}i`;
}

function accelerationOf(argv: readonly string[], accel: string | undefined): 'kvm' | 'tcg' {
  const machine = argv[argv.indexOf('-machine') + 1] ?? '';
  const kvm =
    argv.includes('-enable-kvm') || accel?.startsWith('kvm') === true || machine.includes('accel=kvm');
  return kvm ? 'kvm' : 'tcg';
}

/** Of `-drive file=/x,if=virtio`; a comma in the path is doubled. CDs are no disks. */
function fileIn(drive: string): readonly string[] {
  const parts = drive.split(/(?<!,),(?!,)/);
  const file = parts.find((part) => part.startsWith('file='))?.slice('file='.length);
  return file === undefined || parts.includes('media=cdrom') || parts.includes('if=pflash')
    ? []
    : [file.replaceAll(',,', ',')];
}

function fileInBlockdev(written: string): readonly string[] {
  const file =
    /"filename"\s*:\s*"([^"]+)"/.exec(written)?.[1] ??
    /(?:^|,)(?:file\.)?filename=([^,]+)/.exec(written)?.[1];
  return file === undefined || file.startsWith('json:') ? [] : [file];
}
