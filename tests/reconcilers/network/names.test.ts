import { describe, expect, it } from 'vitest';

import { identityOf, linkName } from '../../../reconcilers/identity.ts';
import { bridgeName } from '../../../reconcilers/network/names.ts';
import { scope } from './specs.ts';

describe('bridgeName', () => {
  it.each([
    { name: 'lan', reason: 'is short and plain' },
    { name: 'bridge0', reason: 'is what people call a bridge' },
    { name: 'a23456789012345', reason: 'has all 15 bytes' },
    { name: 'lab.10_a-b', reason: 'has only what every tool takes literally' },
  ])('keeps $name, as it $reason', ({ name }) => {
    expect(bridgeName(scope, 'demo', name)).toBe(name);
  });

  it.each([
    { name: 'a234567890123456', reason: 'has 16 bytes' },
    { name: 'lo', reason: 'is the loopback link' },
    { name: 'eth0', reason: "is most machines' uplink" },
    { name: 'all', reason: 'is a folder of sysctls' },
    { name: 'default', reason: 'is a folder of sysctls' },
    { name: '..', reason: 'is a folder' },
    { name: 'a/b', reason: 'has a slash' },
    { name: 'a b', reason: 'has a space' },
    { name: 'grün', reason: 'is not ASCII' },
    { name: 'lan*', reason: 'is a wildcard to nftables' },
    { name: 'lan%d', reason: 'is a pattern to the kernel' },
    { name: 'eth1:1', reason: 'is an alias to old tools' },
    { name: '-lan', reason: 'is an option to ip' },
    { name: `nt${scope.id}12345`, reason: 'begins as temporary names do' },
    { name: 'nt0123456700000', reason: 'begins as temporary names of another scope do' },
    { name: '', reason: 'is empty' },
  ])('gives $name a made one, as it $reason', ({ name }) => {
    expect(bridgeName(scope, 'demo', name)).toBe(linkName(identityOf(scope, 'demo', `network.${name}`)));
  });
});
