import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { arbitraryNovaFile } from '../../fixtures/arbitraries.ts';
import { scanHeaders } from '../../schema/headers.ts';
import { loadLocator } from '../../schema/locate.ts';

describe('scanHeaders', () => {
  it('law: where it finds a table, the parser finds it too', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryNovaFile(), async ({ text }) => {
        const locate = (await loadLocator())(text, 'f.toml');
        for (const [address, at] of scanHeaders(text, 'f.toml')) {
          expect(locate({ path: address.split('.'), on: 'table' }).at).toEqual(at);
        }
      }),
    );
  });

  it.for([
    {
      text: '[volume.a]\n[ volume . "b c" ]\n\t[volume.\'d\'] # x',
      found: ['volume.a 1:1', 'volume.b c 2:1', 'volume.d 3:2'],
      reason: 'spaces and quotes',
    },
    {
      text: 'x = """\n[volume.a]\n"""\n[volume.b]',
      found: ['volume.b 4:1'],
      reason: 'text of several lines',
    },
    {
      text: "x = '''\n[volume.a]\n'''''\n[volume.b]",
      found: ['volume.b 4:1'],
      reason: 'quotes that belong to the text',
    },
    {
      text: 'x = """\\"""\n[volume.a]\n"""\n[volume.b]',
      found: ['volume.b 4:1'],
      reason: 'an escaped quote does not close',
    },
    { text: 'x = """a""" # """\n[volume.b]', found: ['volume.b 2:1'], reason: 'a comment opens nothing' },
    {
      text: 'x = "\\"\'\'\'" # \n[volume.b]',
      found: ['volume.b 2:1'],
      reason: 'quotes within a string open nothing',
    },
    {
      text: '[volume.a.b]\n[[volume.c]]\n[volume]',
      found: [],
      reason: 'other headers are none of a resource',
    },
  ])('$reason', ({ text, found }) => {
    expect(
      [...scanHeaders(text, 'f')].map(([address, { line, column }]) => `${address} ${line}:${column}`),
    ).toEqual(found);
  });
});
