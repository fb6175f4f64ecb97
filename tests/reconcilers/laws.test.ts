import { reconcilerContract } from '../contracts/reconciler.ts';

reconcilerContract(40);
