import { NovaError } from '../../../schema/errors.ts';
import { parsePciAddress } from '../../../schema/pci.ts';
import { diagnose, diagnoseAll, type Diagnosis } from '../../../reconcilers/gpu/diagnose.ts';
import { nvidiaFacts } from '../../../reconcilers/gpu/nvidia.ts';
import { readHolders } from '../../../reconcilers/host/pci/holders.ts';
import type { PciHost } from '../../../reconcilers/host/pci/model.ts';
import { readPciNames } from '../../../reconcilers/host/pci/names.ts';
import { askNvidiaSmi } from '../../../reconcilers/host/pci/nvidiaSmi.ts';
import { readPci } from '../../../reconcilers/host/pci/readPci.ts';
import { diagnosesText, gpuTable, noGpus } from '../../render/gpu.ts';
import { gpuInfoText } from '../../render/gpuInfo.ts';
import { diagnosisJson, gpuFormatVersion, hostJson, nvidiaJson } from '../../render/gpuJson.ts';
import { exitCodes } from '../exitCodes.ts';
import { writeJson } from '../io.ts';
import type { Invocation } from '../main.ts';
import { gpuAct } from './gpuActs.ts';
import { usage } from '../positionals.ts';

type Run = (invocation: Invocation, words: readonly string[]) => number | Promise<number>;

const verbs: Readonly<Record<string, Run>> = {
  ls,
  info,
  diagnose: diagnoseSome,
  bind: gpuAct('bind'),
  unbind: gpuAct('unbind'),
  reset: gpuAct('reset'),
};

/** GPUs and other PCI devices of the host itself, whatever a NovaFile says. */
export async function gpu(invocation: Invocation): Promise<number> {
  const [verb = '', ...words] = invocation.options.words;
  const run = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  if (run === undefined) throw usage(`\`nova gpu\` takes ${Object.keys(verbs).join(', ')}`);
  return run(invocation, words);
}

/** Lists GPUs. Changes nothing, and wakes none. */
function ls({ options, io }: Invocation, words: readonly string[]): number {
  if (words.length > 0) throw usage('`nova gpu ls` takes no more words');
  const pci = readPci();
  const names = readPciNames();
  const diagnoses = diagnoseAll(pci, readHolders());
  if (options.json) {
    const gpus = diagnoses.map((diagnosis) => diagnosisJson(diagnosis, pci, names));
    writeJson(io, { format_version: gpuFormatVersion, host: hostJson(pci), gpus });
  } else io.out.write(diagnoses.length === 0 ? noGpus(pci) : gpuTable(diagnoses, names));
  return exitCodes.done;
}

/** Tells everything of one device. NVIDIA's own tool is asked where its driver has the card. */
async function info({ options, io }: Invocation, words: readonly string[]): Promise<number> {
  const [word, ...more] = words;
  if (word === undefined || more.length > 0)
    throw usage('`nova gpu info` takes the address of a device, as 0000:01:00.0');
  const pci = readPci();
  const names = readPciNames();
  const diagnosis = diagnosisAt(word, pci);
  const { device } = diagnosis;
  const smi = device.driver === 'nvidia' ? (await askNvidiaSmi()).get(device.address) : undefined;
  const nvidia = nvidiaFacts(device, pci.platform, names.device(device.vendor, device.device), smi);
  if (options.json) {
    const gpuJson = { ...diagnosisJson(diagnosis, pci, names), nvidia: nvidiaJson(nvidia) };
    writeJson(io, { format_version: gpuFormatVersion, host: hostJson(pci), gpu: gpuJson });
  } else io.out.write(gpuInfoText({ pci, diagnosis, names, nvidia }, io.style));
  return exitCodes.done;
}

/** Says of GPUs, or of the devices that are named, whether they can be handed over, why not, and what to do. */
function diagnoseSome({ options, io }: Invocation, words: readonly string[]): number {
  const pci = readPci();
  const names = readPciNames();
  const diagnoses =
    words.length === 0
      ? diagnoseAll(pci, readHolders())
      : [...new Set(words)].map((word) => diagnosisAt(word, pci));
  if (options.json) {
    const gpus = diagnoses.map((diagnosis) => diagnosisJson(diagnosis, pci, names));
    writeJson(io, { format_version: gpuFormatVersion, host: hostJson(pci), gpus });
  } else io.out.write(diagnoses.length === 0 ? noGpus(pci) : diagnosesText(diagnoses, names, io.style));
  return diagnoses.some(({ verdict }) => verdict === 'Action Needed') ? exitCodes.error : exitCodes.done;
}

function diagnosisAt(word: string, pci: PciHost): Diagnosis {
  const address = parsePciAddress(word);
  if (address === undefined) throw usage(`\`${word}\` is no address of a PCI device, as 0000:01:00.0`);
  const device = pci.devices.find((each) => each.address === address);
  if (device !== undefined) return diagnose(device, pci, readHolders());
  throw new NovaError('gpu.missing', `this host has no PCI device ${address}`, {
    hint: '`nova gpu ls` lists GPUs, `lspci -D` all devices',
  });
}
