import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  canonicalReference,
  pinnedDigest,
  pinnedTo,
  shortReference,
} from '../../schema/registryReference.ts';

const digest = 'a'.repeat(64);

describe('canonicalReference', () => {
  it.each([
    { text: 'ubuntu', whole: 'docker.io/library/ubuntu:latest', short: 'ubuntu:latest' },
    { text: 'ubuntu:22.04', whole: 'docker.io/library/ubuntu:22.04', short: 'ubuntu:22.04' },
    { text: 'docker.io/ubuntu:22.04', whole: 'docker.io/library/ubuntu:22.04', short: 'ubuntu:22.04' },
    { text: 'index.docker.io/a/b', whole: 'docker.io/a/b:latest', short: 'a/b:latest' },
    { text: 'a/b:1', whole: 'docker.io/a/b:1', short: 'a/b:1' },
    { text: 'localhost/b:1', whole: 'localhost/b:1', short: 'localhost/b:1' },
    { text: 'lan:5000/app', whole: 'lan:5000/app:latest', short: 'lan:5000/app:latest' },
    { text: '10.0.0.1:5000/a/b:2', whole: '10.0.0.1:5000/a/b:2', short: '10.0.0.1:5000/a/b:2' },
    {
      text: `ubuntu:22.04@sha256:${digest}`,
      whole: `docker.io/library/ubuntu@sha256:${digest}`,
      short: `ubuntu@sha256:${digest}`,
    },
  ])('reads $text as Docker does', ({ text, whole, short }) => {
    expect(canonicalReference(text)).toBe(whole);
    expect(shortReference(whole)).toBe(short);
  });

  it.each(['', 'Ubuntu', 'ubuntu:', 'ubuntu@sha256:1', 'a//b', '-a', 'a b', 'a'.repeat(201), 'a:b:c'])(
    'takes %j for no reference',
    (text) => {
      expect(canonicalReference(text)).toBeUndefined();
    },
  );

  it('law: what is canonical, or short, means the same when it is read again', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,5}$/);
    const host = fc.constantFrom('', 'docker.io/', 'localhost/', 'lan:5000/', 'ghcr.io/', 'library/');
    const end = fc.constantFrom('', ':1.2', `@sha256:${digest}`, `:1@sha256:${digest}`);
    fc.assert(
      fc.property(host, fc.array(part, { minLength: 1, maxLength: 3 }), end, (at, parts, after) => {
        const whole = canonicalReference(at + parts.join('/') + after) ?? '';
        expect(canonicalReference(whole)).toBe(whole);
        expect(canonicalReference(shortReference(whole))).toBe(whole);
        expect(canonicalReference(pinnedTo(whole, digest))).toBe(pinnedTo(whole, digest));
        expect(pinnedDigest(pinnedTo(whole, digest))).toBe(digest);
      }),
    );
  });

  it('keeps the port of a registry when it pins an image', () => {
    expect(pinnedTo('lan:5000/app:1', digest)).toBe(`lan:5000/app@sha256:${digest}`);
    expect(pinnedTo(`lan:5000/app@sha256:${'b'.repeat(64)}`, digest)).toBe(`lan:5000/app@sha256:${digest}`);
  });
});
