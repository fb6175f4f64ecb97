import { createFakeHost, type FakeHost } from '../../../fixtures/fakeHost.ts';
import type { ImageSpec } from '../../../schema/image.ts';
import type { Manifest, Resource } from '../../../schema/manifest.ts';
import { pinnedDigest } from '../../../schema/registryReference.ts';
import { parseNovaFile } from '../../../schema/parse.ts';

/** A host with capsules to run, and with things of others that nobody may touch. */
export function makeWorld(project = 'demo'): FakeHost {
  const host = createFakeHost({ project });
  const { kernel, scope } = host;
  for (const folder of [scope.data, scope.run]) kernel.write(`${folder}/other-project`, '');
  for (const capsule of capsules.slice(0, 2)) kernel.makeDirectory(`${capsule}/bin`);
  writeLayout(kernel, capsules[2]);
  pulled.forEach((reference, index) => {
    const config = { Cmd: ['/bin/app'], ...(index === 0 ? { Env: ['PULLED=1'] } : {}) };
    kernel.push(reference, { config, layers: ['what both share', `layer ${index}`] });
  });
  kernel.write('/lab/site/index.html', 'hello');
  kernel.write('/lab/disk.raw', 'bytes');
  kernel.write('/lab/disk.qcow2', `QFI\u00fb\0\0\0\u0003${'\0'.repeat(96)}`);
  kernel.write('/lab/tool', '#!/bin/sh', 0o755);
  for (const image of images) kernel.write(image, 'an operating system');
  kernel.ip('link add name br9 type bridge');
  kernel.ip('addr add 172.30.0.1/24 dev br9');
  for (const command of uplinks) kernel.ip(command);
  const table = { family: 'inet', name: 'others' };
  const chain = { family: 'inet', table: 'others', name: 'input' };
  const rule = { ...chain, chain: 'input', expr: [{ accept: null }] };
  kernel.nft([
    { add: { table } },
    { add: { chain: { ...chain, type: 'filter', hook: 'input', prio: 0 } } },
    { add: { rule: { family: rule.family, table: rule.table, chain: rule.chain, expr: rule.expr } } },
  ]);
  kernel.addNamespace('others');
  kernel.addProcess(['/usr/bin/others', '--daemon'], '/system/others', 'others');
  kernel.write('/var/lib/nova/others', 'not of this scope');
  plugIn(kernel);
  return host;
}

/** A card with the console, a display that nobody drives, one that is free, and what can be split; one is with others. */
function plugIn(kernel: FakeHost['kernel']): void {
  const [amd, nvidia, intel] = ['1002', '10de', '8086'];
  const sound = { class: 0x040300, resetMethods: [], driver: 'snd_hda_intel' };
  kernel.addDevice({
    ...{ address: '0000:01:00.0', class: 0x030000, vendor: amd, device: '744c', group: 11, driver: 'amdgpu' },
    needs: [{ what: 'console', by: 'fb0' }],
  });
  kernel.addDevice({ address: '0000:01:00.1', ...sound, vendor: amd, device: 'ab30', group: 11 });
  kernel.addDevice({
    ...{ address: '0000:02:00.0', class: 0x038000, vendor: '1234', device: '1111', group: 12 },
    uses: [{ as: 'framebuffer', name: 'fb1' }],
  });
  const card = { class: 0x030000, vendor: nvidia, device: '2684', group: 13, driver: 'nouveau' };
  kernel.addDevice({ address: '0000:03:00.0', ...card, above: ['0000:00:01.0'] });
  kernel.addDevice({ address: '0000:03:00.1', ...sound, vendor: nvidia, device: '22ba', group: 13 });
  const sriov = { total: 8, count: 0, autoprobe: true };
  const disk = { class: 0x010802, vendor: intel, device: '0a54', driver: 'nvme' };
  kernel.addDevice({ address: '0000:05:00.0', ...disk, group: 15, sriov });
  kernel.addDevice({ address: '0000:06:00.0', ...disk, group: 16 });
  kernel.bindDevice('0000:06:00.0', 'vfio-pci');
  kernel.addDevice({
    ...{
      address: '0000:08:00.0',
      class: 0x118000,
      vendor: nvidia,
      device: '1b38',
      group: 18,
      driver: 'nvidia',
    },
    mdevTypes: ['nvidia-62', 'nvidia-63'].map((type) => ({
      ...{ type, name: type, description: 'num_heads=4', api: 'vfio-pci', available: 4 },
    })),
  });
  const nic = { class: 0x020000, vendor: intel, device: '1592', driver: 'ice' };
  kernel.addDevice({ address: '0000:07:00.0', ...nic, group: 17, sriov });
}

/** The host's own way to the world, an interface that it has no use for, and one to share. */
const uplinks = [
  'link add name wan0 type veth peer name far0',
  'link add name wan1 type veth peer name far1',
  'link add name wan2 type veth peer name far2',
  'link set wan2 up',
  'link set far2 up',
  'link set wan0 address 52:54:00:00:00:01',
  'link set wan0 up',
  'addr add 10.200.0.2/24 dev wan0',
  'addr add 10.200.1.2/24 dev wan0',
  'route add default via 10.200.0.1 dev wan0',
];

/** Images in a registry. */
export const pulled = ['registry.lan/app:1', 'registry.lan/app:2'] as const;

/** Files that machines start from. */
export const images = ['/lab/debian.raw', '/lab/other.raw'] as const;

/** A manifest with whatever it wants of the host to be there: capsules with something to run, folders to mount. */
export function worldFor(manifest: Manifest): { readonly host: FakeHost; readonly manifest: Manifest } {
  const host = makeWorld(manifest.project);
  const resources = manifest.resources.map((resource): Resource => {
    if (isImage(resource)) {
      const { spec } = resource;
      if (!('reference' in spec) || pinnedDigest(spec.reference) !== undefined)
        return { ...resource, spec: rootFor(resource) };
      host.kernel.push(spec.reference, { config: { Cmd: ['/bin/app'] }, layers: ['a layer'] });
    }
    if (isVm(resource)) {
      const { image, boot } = resource.spec;
      for (const source of [image, boot?.kernel, boot?.initrd])
        if (source?.type === 'path') host.kernel.write(source.path, 'an operating system');
    }
    if (!isContainer(resource)) return resource;
    const { capsule, volumes, command = ['/bin/run'] } = resource.spec;
    if (capsule.type === 'path') host.kernel.makeDirectory(`${capsule.path}/bin`);
    for (const { source } of volumes) if (source.type === 'path') host.kernel.makeDirectory(source.path);
    return { ...resource, spec: { ...resource.spec, command } };
  });
  return { host, manifest: { ...manifest, resources } };
}

/** A capsule may run in any of them, so each is a root; what it is made of is there. */
function rootFor({ spec }: Resource<'image'>): ImageSpec {
  if (!('files' in spec)) return { source: '/lab/other' };
  const files = Object.keys(spec.files).map((path) => [path, '/lab/tool'] as const);
  return { ...spec, type: 'root', files: Object.fromEntries(files) };
}

function isImage(resource: Resource): resource is Resource<'image'> {
  return resource.kind === 'image';
}

function isContainer(resource: Resource): resource is Resource<'container'> {
  return resource.kind === 'container';
}

function isVm(resource: Resource): resource is Resource<'vm'> {
  return resource.kind === 'vm';
}

/** Two folders with a root, and an OCI image layout. */
export const capsules = ['/lab/busybox', '/lab/other', '/lab/image'] as const;

function writeLayout({ write }: FakeHost['kernel'], path: string): void {
  const [manifest, config] = ['a'.repeat(64), 'c'.repeat(64)];
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  write(`${path}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
  write(`${path}/index.json`, JSON.stringify({ manifests: [{ mediaType, digest: `sha256:${manifest}` }] }));
  write(`${path}/blobs/sha256/${manifest}`, JSON.stringify({ config: { digest: `sha256:${config}` } }));
  write(
    `${path}/blobs/sha256/${config}`,
    JSON.stringify({ config: { Env: ['IMAGE=1'], User: '5:5', Cmd: ['/bin/image'] } }),
  );
}

/** @throws Error with every issue when the text is no valid NovaFile */
export async function readManifest(text: string): Promise<Manifest> {
  const parsed = await parseNovaFile({ text, file: '/lab/NovaFile.toml' });
  if ('manifest' in parsed) return parsed.manifest;
  throw new Error(`${parsed.issues.map(({ message }) => message).join('\n')}\n${text}`);
}
