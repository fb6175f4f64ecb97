import { oneLine } from './commandError.ts';

/** The reason in what a runtime says, without its timestamps, levels and the names of its inner steps. */
export function runtimeMessage(said: string): string {
  const lines = said
    .split('\n')
    .map((line) => plain(line.trim()))
    .filter((line) => line !== '');
  return oneLine([...new Set(lines)].join('\n'));
}

function plain(line: string): string {
  const logged = /msg="((?:[^"\\]|\\.)*)"/.exec(line)?.[1];
  const words = logged === undefined ? line : logged.replaceAll(/\\(.)/g, '$1');
  return words
    .replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z?:? */, '')
    .replace(/^(runc|crun)( \w+ failed)?: /, '')
    .replace(/^unable to start container process: /, '');
}
