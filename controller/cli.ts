import { argv, exit } from 'node:process';

import { main } from './cli/main.ts';

exit(await main(argv.slice(2)));
