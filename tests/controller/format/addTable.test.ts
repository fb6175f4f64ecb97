import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { addTable } from '../../../controller/format/addTable.ts';
import { readToml } from '../../../schema/toml.ts';

const keys = new Map<string, string | number | readonly string[]>([
  ['subnet', '192.168.77.1/24'],
  ['mtu', 1400],
  ['interfaces', ['enp6s0']],
]);

const added = ['[network.lan]', 'subnet = "192.168.77.1/24"', 'mtu = 1400', 'interfaces = ["enp6s0"]', ''];

describe('addTable', () => {
  it.each([
    { reason: 'at the end where there is none of its kind', before: 'project = "a"\n', after: '' },
    { reason: 'where the last line is not ended', before: 'project = "a" # mine', after: '' },
    {
      reason: 'after the last of its kind, with what stands on its lines',
      before: 'project = "a"\n[network.b]\n  mtu  =  1300   # small\n',
      after: '\n# about c\n[container.c]\ncapsule = "./root"\n',
    },
    {
      reason: 'after what belongs to the last of its kind',
      before: 'project = "a"\n[network.b]\n[network.b.lifecycle]\nprevent_destroy = true\n',
      after: '[volume.v]\n',
    },
    { reason: 'into nothing', before: '', after: '' },
  ])('adds it $reason', async ({ before, after }) => {
    const ended = before === '' || before.endsWith('\n') ? before : `${before}\n`;
    const expected = `${ended}${ended === '' ? '' : '\n'}${added.join('\n')}${after}`;
    expect(await addTable(before + after, ['network', 'lan'], keys)).toBe(expected);
  });

  it('ends lines as the file does', async () => {
    const text = await addTable('project = "a"\r\n', ['network', 'lan'], keys);
    expect(text).toBe(`project = "a"\r\n\r\n${added.join('\r\n')}`);
  });

  it('property: says exactly what it was given, and all that was said before', async () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.nat(), fc.array(fc.string({ unit: 'binary' })));
    await fc.assert(
      fc.asyncProperty(
        fc.string({ minLength: 1, unit: 'grapheme' }),
        fc.dictionary(fc.constantFrom('a', 'b', 'c-d', 'e f', 'ü'), value, { minKeys: 1 }),
        async (name, table) => {
          const source = 'project = "p"\n[network."__x"]\nmtu = 1\n[volume.v]\n';
          const text = await addTable(source, ['network', name], new Map(Object.entries(table)));
          const read = readToml(text, 'NovaFile.toml');
          expect('document' in read ? read.document : read.issue).toEqual({
            project: 'p',
            network: { __x: { mtu: 1 }, [name]: table },
            volume: { v: {} },
          });
        },
      ),
    );
  });
});
