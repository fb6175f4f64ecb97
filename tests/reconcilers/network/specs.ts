import type { Dependencies } from '../../../reconcilers/reconciler.ts';
import type { Resource } from '../../../schema/manifest.ts';
import type { NetworkSpec } from '../../../schema/network.ts';
import { scopeOf } from '../../../reconcilers/identity.ts';
import { dnsmasqConf, needsDnsmasq } from '../../../reconcilers/network/dnsmasq/dnsmasqConf.ts';
import { networkRules } from '../../../reconcilers/network/rules/networkRules.ts';
import { ownFiles, ownFileText } from '../../../reconcilers/network/dnsmasq/ownFiles.ts';
import { placeOf } from '../../../reconcilers/network/place.ts';
import type { NetworkSeen } from '../../../reconcilers/network/seen.ts';

export const scope = scopeOf('nvt-unit', '/var/lib/nova');

export const lan = placeOf(scope, 'demo', 'network.lan');

export const nat: NetworkSpec = {
  type: 'bridge',
  profile: 'nat',
  subnet: '192.168.77.1/24',
  dhcp_range: '192.168.77.50-192.168.77.150',
  dns: true,
  domain: 'lan.internal',
  mtu: 1500,
};

export const dual: NetworkSpec = {
  ...nat,
  subnet6: 'fd00:77::1/64',
  dhcp_range6: 'fd00:77::100-fd00:77::1ff',
};

export function declared(spec: NetworkSpec): Resource<'network'> {
  const at = { file: 'NovaFile.toml', line: 1, column: 1 };
  return { address: 'network.lan', kind: 'network', name: 'lan', spec, at, dependsOn: [] };
}

/** Nobody is on it. */
export const alone: Dependencies = { spec: () => undefined, outputs: () => undefined, ip: () => undefined };

export const noRules = { scaffold: false, misplaced: [], rules: [] };

/** What is seen once a spec is what the host is. */
export function converged(spec: NetworkSpec): NetworkSeen {
  const rules = networkRules(lan, spec, alone).map((rule, index) => ({ ...rule, handle: index + 10 }));
  return {
    place: lan,
    link: {
      name: 'lan',
      up: true,
      mtu: spec.mtu,
      mac: lan.mac,
      addresses: spec.subnet === undefined ? [] : [spec.subnet],
      addresses6: spec.subnet6 === undefined ? [] : [spec.subnet6],
      ports: [],
    },
    unfinished: false,
    rules: { scaffold: true, misplaced: [], rules },
    forwarding: '1',
    forwarding6: '1',
    localnet: '0',
    owned: true,
    dnsmasq: needsDnsmasq(spec)
      ? {
          process: 'running',
          astray: false,
          config: dnsmasqConf(lan, spec, alone),
          files: filesOf(spec),
          folders: true,
        }
      : { process: 'none', astray: false, config: undefined, files: {}, folders: false },
  };
}

function filesOf(spec: NetworkSpec): NetworkSeen['dnsmasq']['files'] {
  const texts = ownFiles.map((file) => [file, ownFileText(file, spec)] as const);
  return Object.fromEntries(texts.filter(([, text]) => text !== ''));
}
