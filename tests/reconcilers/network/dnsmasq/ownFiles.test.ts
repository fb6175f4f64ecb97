import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseNovaFile } from '../../../../schema/parse.ts';
import type { NetworkSpec } from '../../../../schema/network.ts';
import { diff } from '../../../../reconcilers/network/diff.ts';
import { dnsmasqConf } from '../../../../reconcilers/network/dnsmasq/dnsmasqConf.ts';
import { ownFiles, ownFileText } from '../../../../reconcilers/network/dnsmasq/ownFiles.ts';
import { alone, converged, declared, dual, lan, nat } from '../specs.ts';

const full: NetworkSpec = {
  ...dual,
  gateway: '192.168.77.254',
  records: { nas: ['192.168.77.21', 'fd00:77::21'], 'b.c': ['10.0.0.1'] },
  reservations: [
    { mac: '52:54:00:12:34:56', ip: '192.168.77.20', ip6: 'fd00:77::20', name: 'printer' },
    { mac: '52:54:00:12:34:57' },
  ],
};

const stepsTo = (to: NetworkSpec, from: NetworkSpec) =>
  diff({ address: 'network.lan', resource: declared(to), seen: converged(from), deps: alone });

describe("a network's own files", () => {
  it('name the host, further names and strangers, and keep addresses for them', () => {
    const texts = ownFiles.map((file) => ownFileText(file, full));
    expect(texts).toEqual([
      '192.168.77.1 _gateway.lan.internal\nfd00:77::1 _gateway.lan.internal\n',
      '10.0.0.1 b.c\n192.168.77.21 nas\nfd00:77::21 nas\n',
      '192.168.77.20 printer\nfd00:77::20 printer\n',
      '52:54:00:12:34:56,192.168.77.20,[fd00:77::20],printer\n52:54:00:12:34:57\n',
    ]);
    expect(ownFiles.map((file) => ownFileText(file, nat)).slice(1)).toEqual(['', '', '']);
  });

  it('are followed by dnsmasq, which goes on', () => {
    const { records: _records, ...without } = full;
    expect(stepsTo(full, without)).toMatchObject([
      { id: 'dnsmasq.config', changes: [{ path: 'records', before: undefined }] },
    ]);
    const moved = [{ mac: '52:54:00:12:34:56', ip: '192.168.77.22' }];
    expect(stepsTo({ ...full, reservations: moved }, full).map(({ id }) => id)).toEqual(['dnsmasq.config']);
  });

  it('do not tell of another router, which takes a restart', () => {
    const { gateway: _gateway, ...without } = full;
    expect(stepsTo(full, without)).toMatchObject([
      { id: 'dnsmasq.config', changes: [{ path: 'gateway', before: undefined, after: '192.168.77.254' }] },
      { id: 'dnsmasq.start' },
    ]);
  });
});

describe('what a person can write', () => {
  const nasty = fc
    .array(
      fc.constantFrom(
        ...['\n', '\r', '"', '\\', '#', ' ', ',', '/', '=', 'a', '.', '\t', '[', 'server=9.9.9.9'],
      ),
      { minLength: 1 },
    )
    .map((parts) => parts.join(''));
  const word = fc.oneof(nasty, fc.string({ unit: 'binary' }), fc.domain(), fc.constant('nas'));

  it('law: brings no line of its own into what dnsmasq reads, whatever key it is in', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(word, word, word, word, async (name, host, domain, service) => {
        const quoted = (text: string) => JSON.stringify(text);
        const text = [
          'project = "demo"',
          '[network.lan]\nsubnet = "192.168.77.1/24"\nsubnet6 = "fd00:77::1/64"',
          `domain = ${quoted(domain)}`,
          `records = { ${quoted(name)} = ["10.0.0.1", "fd00::1"] }`,
          `reservations = [{ mac = "52:54:00:12:34:56", ip = "192.168.77.20", name = ${quoted(host)} }]`,
          `[container.web]\ncapsule = "./root"\nnetwork = "lan"\nservices = { ${quoted(service)} = 80 }`,
        ].join('\n');
        const parsed = await parseNovaFile({ text, file: '/lab/NovaFile.toml' });
        if ('issues' in parsed) return;
        taken += 1;
        const network = parsed.manifest.resources.find(({ kind }) => kind === 'network');
        const web = parsed.manifest.resources.find(({ kind }) => kind === 'container');
        if (network?.kind !== 'network' || web?.kind !== 'container') throw new Error('not declared');
        const spec = network.spec as NetworkSpec;
        const members = () => [web as never];
        const lines = dnsmasqConf(lan, spec, { members }).split('\n');
        expect(lines.filter((line) => line.startsWith('srv-host='))).toHaveLength(2);
        expect(lines.map((line) => line.split('=')[0])).toEqual(
          dnsmasqConf(lan, { ...spec, domain: 'lan.internal' }, { members })
            .split('\n')
            .map((line) => line.split('=')[0]),
        );
        const texts = ownFiles.map((file) => ownFileText(file, spec));
        expect(texts.map((each) => each.split('\n').length)).toEqual([3, 3, 2, 2]);
        expect(texts.join('')).not.toMatch(/[^\x21-\x7e \n]|[#"\\]|,,/);
      }),
      { examples: [['nas', 'printer', 'lan.test', 'http']] },
    );
    expect(taken).toBeGreaterThan(0);
  });
});
