import type { Scope } from '../../../reconcilers/identity.ts';
import { forceGone } from '../../system/support/forceGone.ts';

await forceGone(JSON.parse(process.argv[2] ?? '') as Scope);
