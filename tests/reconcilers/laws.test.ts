import { reconcilerContract } from '../contracts/reconciler.ts';
import { runs } from '../runs.ts';

reconcilerContract(runs(25));
