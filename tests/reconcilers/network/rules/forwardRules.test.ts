import { describe, expect, it } from 'vitest';

import { forwardRules } from '../../../../reconcilers/network/rules/forwardRules.ts';
import { portRules } from '../../../../reconcilers/network/rules/portRules.ts';
import type { Dependencies } from '../../../../reconcilers/reconciler.ts';
import { alone, nat } from '../specs.ts';

const deps: Dependencies = {
  ...alone,
  ip: (address) => (address === 'vm.web' ? '192.168.77.9' : undefined),
};

describe('forwardRules', () => {
  it.each([
    {
      reason: 'a member is found by its name',
      forward: { host: 8080, to: 'vm.web', port: 80, protocol: 'tcp' as const },
      rules: portRules([{ host: 8080, container: 80, protocol: 'tcp' }], '192.168.77.9'),
    },
    {
      reason: 'an address is taken as it is, and so is the one that it is forwarded on',
      forward: {
        address: '127.0.0.1',
        host: 53,
        to: '192.168.77.20',
        port: 5353,
        protocol: 'udp' as const,
      },
      rules: portRules(
        [{ address: '127.0.0.1', host: 53, container: 5353, protocol: 'udp' }],
        '192.168.77.20',
      ),
    },
    {
      reason: 'a member without an address gets nothing',
      forward: { host: 8080, to: 'container.gone', port: 80, protocol: 'tcp' as const },
      rules: [],
    },
  ])('translates: $reason', ({ forward, rules }) => {
    expect(forwardRules('lan', { ...nat, forwards: [forward] }, deps)).toEqual(rules);
  });
});
