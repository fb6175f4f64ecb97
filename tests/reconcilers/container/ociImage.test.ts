import { describe, expect, it } from 'vitest';

import { resolveUser } from '../../../reconcilers/container/imageUser.ts';
import { chooseManifest, configDigest, parseImageConfig } from '../../../reconcilers/container/ociImage.ts';

const manifest = 'application/vnd.oci.image.manifest.v1+json';
const nested = 'application/vnd.oci.image.index.v1+json';
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const a = digest('a');
const b = digest('b');
const tagged = (name: string): object => ({ annotations: { 'org.opencontainers.image.ref.name': name } });
const platform = (architecture: string, os = 'linux'): object => ({ platform: { os, architecture } });

const choices = [
  {
    reason: 'the only one needs to say nothing',
    manifests: [{ mediaType: manifest, digest: a }],
    choice: { type: 'manifest', digest: 'a'.repeat(64) },
  },
  {
    reason: 'of several the one for this machine',
    manifests: [
      { mediaType: manifest, digest: a, ...platform('arm64') },
      { mediaType: manifest, digest: b, ...platform('amd64') },
    ],
    choice: { type: 'manifest', digest: 'b'.repeat(64) },
  },
  {
    reason: 'of several that fit the one with the tag latest',
    manifests: [
      { mediaType: manifest, digest: a, ...tagged('1.0') },
      { mediaType: manifest, digest: b, ...tagged('latest') },
    ],
    choice: { type: 'manifest', digest: 'b'.repeat(64) },
  },
  {
    reason: 'an index within the index is followed',
    manifests: [{ mediaType: nested, digest: a }],
    choice: { type: 'index', digest: 'a'.repeat(64) },
  },
  {
    reason: 'what is no image does not count',
    manifests: [
      { mediaType: 'application/vnd.in-toto+json', digest: a },
      { mediaType: manifest, digest: b },
    ],
    choice: { type: 'manifest', digest: 'b'.repeat(64) },
  },
  {
    reason: 'one for another machine cannot run here',
    manifests: [{ mediaType: manifest, digest: a, ...platform('s390x') }],
    choice: { type: 'none', why: 'it holds no image for linux/amd64' },
  },
  {
    reason: 'between two tags Nova does not choose',
    manifests: [
      { mediaType: manifest, digest: a, ...tagged('1.0') },
      { mediaType: manifest, digest: b, ...tagged('2.0') },
    ],
    choice: { type: 'none', why: 'it holds several images (1.0, 2.0) and none has the tag "latest"' },
  },
  {
    reason: 'an empty layout has nothing to run',
    manifests: [],
    choice: { type: 'none', why: 'it holds no image' },
  },
];

describe('chooseManifest', () => {
  it.each(choices)('chooses: $reason', ({ manifests, choice }) => {
    expect(chooseManifest(JSON.stringify({ schemaVersion: 2, manifests }), 'amd64')).toEqual(choice);
  });

  it.each(['', '{', '[]', '{"manifests":[{"mediaType":"x","digest":"../../etc/passwd"}]}'])(
    'refuses %j',
    (text) => {
      expect(chooseManifest(text, 'amd64')).toEqual({
        type: 'none',
        why: 'its index.json is no OCI image index',
      });
    },
  );
});

describe('configDigest', () => {
  it('finds the configuration of an image, and none in anything else', () => {
    expect(configDigest(JSON.stringify({ config: { digest: a }, layers: [] }))).toBe('a'.repeat(64));
    expect(configDigest('{}')).toBeUndefined();
  });
});

describe('parseImageConfig', () => {
  it('reads what the image says about running it', () => {
    const config = {
      Entrypoint: ['/init'],
      Cmd: ['serve'],
      Env: ['A=b=c', 'EMPTY=', 'BARE'],
      WorkingDir: '/srv',
      User: 'www',
    };
    expect(parseImageConfig(JSON.stringify({ architecture: 'amd64', config }))).toEqual({
      entrypoint: ['/init'],
      command: ['serve'],
      env: { A: 'b=c', EMPTY: '', BARE: '' },
      workdir: '/srv',
      user: 'www',
    });
  });

  it('takes null and empty for unsaid', () => {
    const config = { Entrypoint: null, Cmd: null, WorkingDir: '', User: '' };
    const empty = { entrypoint: [], command: [], env: {}, workdir: undefined, user: undefined };
    expect(parseImageConfig(JSON.stringify({ config }))).toEqual(empty);
    expect(parseImageConfig('{}')).toEqual(empty);
    expect(parseImageConfig('no')).toBeUndefined();
  });
});

const passwd = 'root:x:0:0:root:/root:/bin/sh\nwww:x:33:34:www:/srv:/bin/false\n';
const group = 'root:x:0:\nadm:x:4:www\n';

describe('resolveUser', () => {
  it.each([
    { written: '1000:1001', user: { uid: 1000, gid: 1001 }, reason: 'numbers are taken as they are' },
    {
      written: '1000',
      user: { uid: 1000, gid: 0 },
      reason: 'a number that passwd does not know has group 0',
    },
    { written: '33', user: { uid: 33, gid: 34 }, reason: 'passwd knows the group of a number too' },
    { written: 'www', user: { uid: 33, gid: 34 }, reason: 'a name is looked up' },
    { written: 'www:adm', user: { uid: 33, gid: 4 }, reason: "a named group replaces the user's own" },
    { written: 'nobody', user: undefined, reason: 'there is no such user' },
    { written: 'www:nobody', user: undefined, reason: 'there is no such group' },
    { written: 'www:', user: undefined, reason: 'an empty group is none' },
  ])('$written: $reason', ({ written, user }) => {
    expect(resolveUser(written, passwd, group)).toEqual(user);
  });
});
