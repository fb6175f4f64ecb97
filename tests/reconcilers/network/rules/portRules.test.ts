import { describe, expect, it } from 'vitest';

import { portRules, publishedBy } from '../../../../reconcilers/network/rules/portRules.ts';

describe('portRules', () => {
  it('translates what comes from elsewhere and from the host itself', () => {
    const expr = [
      { match: { op: '==', left: { fib: { result: 'type', flags: ['daddr'] } }, right: 'local' } },
      { match: { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right: 8080 } },
      { dnat: { family: 'ip', addr: '10.0.0.2', port: 80 } },
    ];
    expect(portRules([{ host: 8080, container: 80, protocol: 'tcp' }], '10.0.0.2')).toEqual([
      { chain: 'prerouting', expr },
      { chain: 'output', expr },
    ]);
  });

  it('minds the address that a port is published on', () => {
    const [rule] = portRules([{ address: '10.9.9.9', host: 53, container: 53, protocol: 'udp' }], '10.0.0.2');
    expect(rule?.expr).toEqual([
      { match: { op: '==', left: { payload: { protocol: 'ip', field: 'daddr' } }, right: '10.9.9.9' } },
      { match: { op: '==', left: { payload: { protocol: 'udp', field: 'dport' } }, right: 53 } },
      { dnat: { family: 'ip', addr: '10.0.0.2', port: 53 } },
    ]);
  });
});

describe('publishedBy', () => {
  it('reads ports back from rules, each once', () => {
    const rules = portRules(
      [
        { host: 8080, container: 80, protocol: 'tcp' },
        { address: '10.9.9.9', host: 53, container: 5353, protocol: 'udp' },
      ],
      '10.0.0.2',
    );
    expect(publishedBy(rules)).toEqual(['10.9.9.9:53->5353/udp', '8080->80']);
  });

  it('says nothing of other rules', () => {
    expect(publishedBy([{ expr: [{ drop: null }] }])).toEqual([]);
  });
});
