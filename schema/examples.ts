import type { Kind } from './manifest.ts';

/** One good line for each key; also the list of the keys, those of inner tables with a dot. A test parses each. */
export const examples: Readonly<Record<Kind, Readonly<Record<string, string>>>> = {
  network: {
    type: 'type = "bridge"',
    profile: 'profile = "nat"',
    subnet: 'subnet = "192.168.77.1/24"',
    dhcp_range: 'dhcp_range = "192.168.77.50-192.168.77.150"',
    dns: 'dns = true',
    domain: 'domain = "lab.internal"',
    mtu: 'mtu = 1500',
    depends_on: 'depends_on = ["container.router"]',
  },
  volume: {
    mode: 'mode = "0750"',
    owner: 'owner = "1000:1000"',
    depends_on: 'depends_on = ["container.db"]',
  },
  image: {
    source: 'source = "./disk.qcow2"',
    format: 'format = "qcow2"',
    type: 'type = "root"',
    files: 'files = { "/bin/busybox" = "/bin/busybox" }',
    links: 'links = { "/bin/sh" = "busybox" }',
    folders: 'folders = ["/dev", "/proc"]',
    depends_on: 'depends_on = ["container.builder"]',
  },
  gpu: {
    address: 'address = "0000:01:00.0"',
    vendor: 'vendor = "nvidia"',
    device: 'device = "2684"',
    index: 'index = 0',
    slot: 'slot = "PCIEX16_1"',
    driver: 'driver = "vfio-pci"',
    audio: 'audio = "auto"',
    rom: 'rom = "./card.rom"',
    sriov_vfs: 'sriov_vfs = 4',
    depends_on: 'depends_on = ["container.db"]',
  },
  container: {
    capsule: 'capsule = "./rootfs"',
    command: 'command = ["sleep", "infinity"]',
    env: 'env = { DB_HOST = "db" }',
    workdir: 'workdir = "/srv"',
    user: 'user = "1000:1000"',
    hostname: 'hostname = "web"',
    volumes: 'volumes = ["data:/srv/data", "./api:/srv/api:ro"]',
    network: 'network = "lan"',
    'network.name': 'network = { name = "lan", ip = "192.168.77.9" }',
    'network.ip': 'network = { name = "lan", ip = "192.168.77.9" }',
    ports: 'ports = ["8080:80"]',
    gpus: 'gpus = ["card"]',
    limits: 'limits = { memory = "256Mi", cpu = 1.5, pids = 100 }',
    'limits.memory': 'limits = { memory = "256Mi" }',
    'limits.cpu': 'limits = { cpu = 1.5 }',
    'limits.pids': 'limits = { pids = 100 }',
    restart: 'restart = "always"',
    health: 'health = { tcp = 80 }',
    'health.exec': 'health = { exec = ["pg_isready"] }',
    'health.http': 'health = { http = ":80/healthz" }',
    'health.tcp': 'health = { tcp = 80 }',
    'health.interval': 'health = { tcp = 80, interval = "500ms" }',
    'health.timeout': 'health = { tcp = 80, timeout = "3s" }',
    'health.deadline': 'health = { tcp = 80, deadline = "2m" }',
    stop_timeout: 'stop_timeout = "10s"',
    depends_on: 'depends_on = ["container.db"]',
  },
  vm: {
    image: 'image = "./debian.qcow2"',
    boot: 'boot = { kernel = "./vmlinuz", initrd = "./initrd.img", cmdline = "console=ttyS0" }',
    'boot.kernel': 'boot = { kernel = "./vmlinuz" }',
    'boot.initrd': 'boot = { kernel = "./vmlinuz", initrd = "./initrd.img" }',
    'boot.cmdline': 'boot = { kernel = "./vmlinuz", cmdline = "console=ttyS0" }',
    cpu: 'cpu = 2',
    memory: 'memory = "2Gi"',
    accel: 'accel = "auto"',
    disk: 'disk = { size = "10Gi" }',
    'disk.size': 'disk = { size = "10Gi" }',
    gpu_passthrough: 'gpu_passthrough = ["card"]',
    network: 'network = "lan"',
    'network.name': 'network = { name = "lan", ip = "192.168.77.9" }',
    'network.ip': 'network = { name = "lan", ip = "192.168.77.9" }',
    probe: 'probe = { tcp = 22 }',
    'probe.tcp': 'probe = { tcp = 22 }',
    'probe.http': 'probe = { http = ":80/healthz" }',
    'probe.serial': 'probe = { serial = "login:" }',
    'probe.interval': 'probe = { tcp = 22, interval = "500ms" }',
    'probe.timeout': 'probe = { tcp = 22, timeout = "3s" }',
    'probe.deadline': 'probe = { tcp = 22, deadline = "2m" }',
    stop_timeout: 'stop_timeout = "30s"',
    depends_on: 'depends_on = ["container.db"]',
  },
};

/** The example for a path within a table of that kind, or for the nearest key around it. */
export function exampleFor(kind: Kind, path: readonly (string | number)[]): string | undefined {
  const keys = path.filter((part) => typeof part === 'string');
  for (let length = keys.length; length > 0; length -= 1) {
    const key = keys.slice(0, length).join('.');
    if (Object.hasOwn(examples[kind], key)) return examples[kind][key];
  }
  return undefined;
}

/** The keys that a table of that kind, or a table within it, may have. */
export function keysAt(kind: Kind, path: readonly (string | number)[]): readonly string[] {
  const prefix = path.map((part) => `${part}.`).join('');
  return Object.keys(examples[kind])
    .filter((key) => key.startsWith(prefix) && !key.slice(prefix.length).includes('.'))
    .map((key) => key.slice(prefix.length));
}
