import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { describe, expect, it } from 'vitest';

import { commands } from '../../controller/cli/args.ts';
import { type Disposition, dispositions } from '../../schema/errors.ts';

const top = resolve(import.meta.dirname, '../..');
const readme = readFileSync(join(top, 'README.md'), 'utf8');

const words: Record<Disposition, string> = { retry: 'retry', wait: 'wait', terminal: 'stop' };

describe('the README', () => {
  it('lists every error code with what Nova does next, and no other', () => {
    const listed = [...readme.matchAll(/^\| `([a-z-]+(?:\.[a-z-]+)?)` \| (retry|wait|stop) \|/gm)].map(
      ([, code, then]) => [code, then],
    );
    const known = Object.entries(dispositions).map(([code, disposition]) => [code, words[disposition]]);
    expect(listed).toEqual(known);
  });

  it('names folders that are there', () => {
    const folders = [...readme.matchAll(/^\| `([a-zA-Z]+\/)` \|/gm)].map(([, folder]) => folder ?? '');
    expect(folders.length).toBeGreaterThan(5);
    for (const folder of folders) expect(existsSync(join(top, folder)), folder).toBe(true);
  });

  it('links to pages that are there', () => {
    const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link ?? '');
    for (const link of links.filter((each) => !each.startsWith('https:')))
      expect(existsSync(join(top, link)), link).toBe(true);
  });

  it('names npm scripts that are there', () => {
    const { scripts } = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const [, script = ''] of readme.matchAll(/npm run ([a-z:-]+)/g))
      expect(scripts).toHaveProperty(script);
  });
});

describe('nova help', () => {
  it('lists every command', async () => {
    const { help } = await import('../../controller/cli/help.ts');
    for (const command of commands) expect(help).toContain(`\n  nova ${command} `);
  });
});
