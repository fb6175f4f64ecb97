import { createMemoryStore } from '../../stateStore/memory.ts';
import { stateStoreContract } from '../contracts/stateStore.ts';

stateStoreContract('createMemoryStore', (clock) => createMemoryStore({ clock }));
