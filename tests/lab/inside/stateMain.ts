import { hostState } from '../../system/support/hostState.ts';

const of = JSON.parse(process.argv[2] ?? '') as Parameters<typeof hostState>[0];
process.stdout.write(JSON.stringify(await hostState(of)));
