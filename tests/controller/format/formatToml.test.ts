import { globSync, readFileSync } from 'node:fs';
import { parse } from 'smol-toml';
import { parseTOML } from 'toml-eslint-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatToml } from '../../../controller/format/formatToml.ts';
import { arbitraryNovaFile } from '../../../fixtures/arbitraries.ts';
import { arbitraryToml } from '../../../fixtures/arbitraries/toml.ts';

/** All of them take half a minute: `NOVA_TEST_DOCUMENTS=10000`. */
const documents = Number(process.env['NOVA_TEST_DOCUMENTS'] ?? 1000);

describe('formatToml', () => {
  it(
    'law: formatted twice is formatted once, means the same, and every comment is there',
    { timeout: 600_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryToml(), (text) => keepsTheLaw(text)),
        { numRuns: documents },
      );
    },
  );

  it('law: so is every way to write a NovaFile', { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryNovaFile(), ({ text }) => keepsTheLaw(text)),
      { numRuns: documents / 10 },
    );
  });

  const written = globSync(['fixtures/novafiles/*/*.toml', 'examples/*/*.toml']).toSorted();
  it.each(written)('law: so is %s', async (path) => {
    const text = readFileSync(path, 'utf8');
    if (path.includes('/syntax'))
      await expect(formatToml(text, path)).rejects.toMatchObject({ code: 'toml.syntax' });
    else await keepsTheLaw(text);
  });

  it.each(globSync('examples/*/*.toml'))('%s is in canonical form', async (path) => {
    const text = readFileSync(path, 'utf8');
    expect(await formatToml(text, path)).toBe(text);
  });

  it('puts keys in the order of the reference, with the comments that are theirs, and leaves tables where they are', async () => {
    await expect(await formatToml(untidy, 'lab.toml')).toMatchFileSnapshot('golden/tidy.toml');
  });

  it('keeps the lines of a file from Windows', async () => {
    expect(await formatToml('\ufeffa=1\r\n\r\n\r\n[b]\r\nc="""x\r\ny"""', 'x')).toBe(
      'a = 1\r\n\r\n[b]\r\nc = """x\r\ny"""\r\n',
    );
  });

  it('says where a file is no TOML', async () => {
    const wrong = formatToml('a = 1\nb = \n', 'lab.toml');
    await expect(wrong).rejects.toMatchObject({ code: 'toml.syntax', at: { file: 'lab.toml', line: 2 } });
  });
});

async function keepsTheLaw(text: string): Promise<void> {
  const once = await formatToml(text, 'x');
  expect(await formatToml(once, 'x')).toBe(once);
  expect(parse(once, { integersAsBigInt: 'asNeeded' })).toEqual(
    parse(text.replace(/^\ufeff/, ''), { integersAsBigInt: 'asNeeded' }),
  );
  expect(commentsOf(once)).toEqual(commentsOf(text.replace(/^\ufeff/, '')));
}

function commentsOf(text: string): readonly string[] {
  const { comments } = parseTOML(text, { tomlVersion: '1.1' });
  return comments.map(({ value }) => value.trimEnd()).toSorted();
}

const untidy = `
# A lab.


project="lab"    # its name
[network.lan]
  dns   = true
  subnet="192.168.77.1/24"
#mtu = 1400

# What the machines talk to.
[container.web]   # the front
network = 'lan'
# What it runs.
command = [ "httpd",'-p','80' ]
capsule="./root"

# Who may use it.
ports = ["8080:80",
  "8443:443" # later
]
env."GREETING"="hello"
limits = { pids = 10,memory="64Mi" }
colour = "blue"
env.NAME = """
two
lines"""


[container.web.health]
deadline="10s"
tcp=80



# The end.`;
