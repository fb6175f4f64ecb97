import { describe, expect, it } from 'vitest';

import { ContainerTable } from '../../schema/container.ts';
import { examples, keysAt } from '../../schema/examples.ts';
import { ImageTable } from '../../schema/image.ts';
import { NetworkTable } from '../../schema/network.ts';
import { parseNovaFile } from '../../schema/parse.ts';
import { VolumeTable } from '../../schema/volume.ts';

describe('examples', () => {
  it('name every key of every kind', () => {
    const keys = {
      network: Object.keys(NetworkTable.shape),
      volume: Object.keys(VolumeTable.shape),
      image: Object.keys(ImageTable.shape),
      container: Object.keys(ContainerTable.shape),
    };
    expect({
      network: keysAt('network', []),
      volume: keysAt('volume', []),
      image: keysAt('image', []),
      container: keysAt('container', []),
    }).toEqual(keys);
  });

  it.for(
    Object.entries(examples).flatMap(([kind, lines]) => Object.values(lines).map((line) => ({ kind, line }))),
  )('$line is a good line of a $kind', async ({ kind, line }) => {
    const needed: Readonly<Record<string, string>> = {
      network: 'subnet = "192.168.77.1/24"',
      container: 'capsule = "./rootfs"',
    };
    const own = line.startsWith('subnet') || line.startsWith('capsule') ? '' : (needed[kind] ?? '');
    const text = `project = "lab"\n[${kind}.x]\n${own}\n${line}\n`;
    const parsed = await parseNovaFile({ text, file: '/srv/NovaFile.toml' });
    const codes = 'issues' in parsed ? parsed.issues.map(({ code }) => code) : [];
    // What it refers to is not there.
    expect(codes.filter((code) => code !== 'reference.missing' && code !== 'schema.missing')).toEqual([]);
  });
});
