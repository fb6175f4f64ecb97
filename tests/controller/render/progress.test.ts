import { describe, expect, it } from 'vitest';

import { createProgress } from '../../../controller/render/progress.ts';
import { createStyle } from '../../../controller/render/style.ts';
import { NovaError } from '../../../schema/errors.ts';
import { planned } from './plans.ts';

/** What is on a terminal after everything that was written to it: carriage, erasing and all. */
function screen(written: string): string[] {
  const lines: string[] = [''];
  // oxlint-disable-next-line no-control-regex -- a terminal understands nothing else
  for (const part of written.split(/(\u001B\[\d*[AJ]|\n)/)) {
    const up = /\[(\d+)A/.exec(part)?.[1];
    if (up !== undefined) lines.length = Math.max(1, lines.length - Number(up));
    if (up !== undefined) lines[lines.length - 1] = '';
    else if (part === '\n') lines.push('');
    else if (!part.endsWith('[J')) lines[lines.length - 1] += part;
  }
  return lines.filter((line) => line !== '');
}

function output(terminal: boolean, rows = 24) {
  let written = '';
  return {
    isTTY: terminal,
    columns: 60,
    rows,
    write: (text: string) => {
      written += text;
    },
    get text() {
      return written;
    },
  };
}

const plain = createStyle(false);
const lan = planned('network.lan', { action: 'create' });
const web = planned('container.web', { action: 'create' });

describe('createProgress', () => {
  it('writes plain lines, one per end, where there is no terminal', () => {
    const out = output(false);
    const progress = createProgress(out, plain, () => 0);
    progress.begun(lan);
    progress.phase(lan, 'bridge.create');
    progress.settled(lan, { state: 'ready' }, 400);
    progress.settled(web, { state: 'blocked', by: 'network.lan' }, 0);
    progress.close();
    expect(out.text).toBe(
      '✓ network.lan: ready after 0.4s\n- container.web: not begun, as network.lan failed\n',
    );
  });

  it('keeps a line per running resource on a terminal, with what it is at and for how long', () => {
    const out = output(true);
    let now = 0;
    const progress = createProgress(out, plain, () => now);
    progress.begun(lan);
    progress.begun(web);
    now = 1200;
    progress.phase(lan, 'dnsmasq.start');
    expect(screen(out.text)).toEqual([
      expect.stringMatching(/^. network\.lan: dnsmasq\.start 1\.2s$/),
      expect.stringMatching(/^. container\.web: observing 1\.2s$/),
    ]);
    progress.settled(lan, { state: 'ready' }, 1300);
    progress.settled(
      web,
      { state: 'stalled', error: new NovaError('capsule.start', 'no such file') },
      12_000,
    );
    progress.close();
    expect(screen(out.text)).toEqual([
      '✓ network.lan: ready after 1.3s',
      '✗ container.web: failed after 12s: no such file',
    ]);
  });

  it('never draws more lines than the terminal has', () => {
    const out = output(true, 5);
    const progress = createProgress(out, plain, () => 0);
    for (let index = 0; index < 9; index += 1) progress.begun(planned(`container.c${index}`));
    expect(screen(out.text)).toHaveLength(4);
    expect(screen(out.text).at(-1)).toBe('  and 6 more');
    progress.close();
  });
});
