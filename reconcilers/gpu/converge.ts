import { NovaError } from '../../schema/errors.ts';

/** @throws NovaError `not-built`, always: {@link diff} has no steps. */
export async function converge(): Promise<void> {
  throw new NovaError('not-built', 'PCI devices are not handed over yet');
}
