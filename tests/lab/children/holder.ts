import { plain } from '../machine/topology.ts';
import { startLab } from '../startLab.ts';

// As a run of tests: holds a lab until it is killed, or fails when it is told to.
const { socket, keeper } = await startLab(plain());
process.stdout.write(`${JSON.stringify({ socket, keeper })}\n`);
if (process.argv[2] === 'fail') throw new Error('a run that fails');
setInterval(() => undefined, 60_000);
