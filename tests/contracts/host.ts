import { afterEach, beforeEach, describe } from 'vitest';

import type { Host } from '../../reconcilers/host/host.ts';
import { filesContract } from './host/files.ts';
import { filterContract } from './host/filter.ts';
import { linksContract } from './host/links.ts';
import { machinesContract } from './host/machines.ts';
import { mountsContract } from './host/mounts.ts';
import { namespacesContract } from './host/namespaces.ts';
import { processesContract } from './host/processes.ts';
import { runtimeContract } from './host/runtime.ts';
import { sysctlsContract } from './host/sysctls.ts';
import { treesContract } from './host/trees.ts';
import { viewContract } from './host/view.ts';

export interface Subject {
  /** Its scope's network namespace exists, and nothing of the scope's is in it. */
  readonly host: Host;
  /** A folder with busybox as `/bin/busybox`: what needs it is skipped without. */
  readonly rootfs?: string;
  cleanup(): Promise<void>;
}

/** What every host does, port by port: the kernel's and the one in memory. Each test gets a host of its own. */
export function hostContract(name: string, makeHost: () => Promise<Subject>): void {
  describe(`the contract of a host: ${name}`, () => {
    let subject: Subject | undefined;
    beforeEach(async () => {
      subject = await makeHost();
    });
    afterEach(async () => {
      await subject?.cleanup();
      subject = undefined;
    });
    const current = (): Subject => {
      if (subject === undefined) throw new Error('there is a host only within a test');
      return subject;
    };
    const host = (): Host => current().host;

    linksContract(host);
    filterContract(host);
    namespacesContract(host);
    filesContract(host);
    treesContract(host);
    mountsContract(host);
    processesContract(host);
    sysctlsContract(host);
    runtimeContract(host, () => current().rootfs);
    viewContract(host);
    machinesContract(host);
  });
}
