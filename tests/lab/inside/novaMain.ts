import { createReadStream } from 'node:fs';

import { main } from '../../../controller/cli/main.ts';
import { jsonLines } from '../../../reconcilers/host/jsonLines.ts';
import type { NovaLine } from './resident.ts';

/*
 * Nova, one command line after another in one process: `novaMain MARK`, each a line of JSON on the fourth file. What it
 * says ends with the mark on both outputs, and with its status.
 */
const [mark = ''] = process.argv.slice(2);
const usual = { ...process.env };

async function work({ argv, env }: NovaLine): Promise<void> {
  process.env = { ...usual, ...env };
  const code = await main(argv);
  for (const stream of [process.stdout, process.stderr]) {
    // What a command has put before them for itself, as elsewhere it is the only one of its process.
    Reflect.deleteProperty(stream, 'write');
    stream.removeAllListeners('error').write(`${mark}${code}\n`);
  }
}

const take = jsonLines((line) => void work(line as NovaLine));
createReadStream('', { fd: 3 }).on('data', (piece) => take(Buffer.from(piece)));
