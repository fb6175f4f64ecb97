import { describe, expect, it } from 'vitest';

import { planText } from '../../../controller/render/planText.ts';
import { createStyle } from '../../../controller/render/style.ts';
import { everything, planned, planOf, step } from './plans.ts';

const plain = createStyle(false);

describe('planText', () => {
  it('shows one of everything', async () => {
    await expect(planText(everything, plain)).toMatchFileSnapshot('../../../fixtures/plans/everything.txt');
  });

  it('says so when nothing is to be done', () => {
    expect(planText(planOf(planned('network.lan')), plain)).toBe(
      'Nothing to do: the host is as the NovaFile says.\n',
    );
  });

  it('gives each key of a long table a line of its own', () => {
    const files = { '/init': `/srv/${'a'.repeat(80)}`, lib: '/srv/lib' };
    const spec = { type: 'root', files, links: { '/bin/sh': 'busybox' } };
    const text = planText(
      planOf(planned('image.box', { action: 'create', spec, steps: [step('build')] })),
      plain,
    );
    expect(text).toContain(
      `      + files."/init" = "/srv/${'a'.repeat(80)}"\n      + files.lib     = "/srv/lib"\n`,
    );
    expect(text).toContain('      + links         = { /bin/sh = "busybox" }\n');
  });

  it('colours symbols and forced replacements, and nothing else differs', () => {
    const coloured = planText(everything, createStyle(true));
    expect(coloured).toContain('\x1b[32m+\x1b[39m');
    expect(coloured).toContain('\x1b[31m # forces replacement\x1b[39m');
    // oxlint-disable-next-line no-control-regex -- the escape sequences are what is looked for
    expect(coloured.replaceAll(/\x1b\[[0-9]+m/g, '')).toBe(planText(everything, plain));
  });
});
