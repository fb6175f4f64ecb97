import { describe, expect, it } from 'vitest';

import { readArguments } from '../../../controller/cli/args.ts';
import type { NovaError } from '../../../schema/errors.ts';

describe('readArguments', () => {
  it('takes the NovaFile as an argument, by -f, or from the working folder', () => {
    const files = [['plan', './lab.toml'], ['plan', '-f', './lab.toml'], ['plan']].map((argv) => {
      const options = readArguments(argv);
      return typeof options === 'string' ? options : options.file;
    });
    expect(files).toEqual(['./lab.toml', './lab.toml', '.']);
  });

  it('takes -f alone as --follow where that is what everybody means', () => {
    for (const argv of [
      ['events', '-f'],
      ['logs', '-f', '--json', 'web'],
      ['logs', 'web', '-f'],
    ])
      expect(readArguments(argv)).toMatchObject({ follow: true, file: '.' });
    expect(readArguments(['logs', 'web', '-f', 'lab.toml'])).toMatchObject({
      follow: false,
      file: 'lab.toml',
    });
  });

  it('passes everything after -- to the command that exec runs', () => {
    expect(readArguments(['exec', 'web', '--', 'ls', '-l', '--json'])).toMatchObject({
      subject: 'container.web',
      argv: ['ls', '-l', '--json'],
      json: false,
    });
  });

  it('takes a profile and values of variables, in order', () => {
    const argv = ['plan', '--profile', 'prod', '--var', 'a=1', '--var', 'b=x=y', '--var-file', '/v.toml'];
    expect(readArguments(argv)).toMatchObject({
      choices: {
        profile: 'prod',
        set: [
          { name: 'a', text: '1' },
          { name: 'b', text: 'x=y' },
        ],
        valueFiles: ['/v.toml'],
      },
    });
  });

  it('takes keys of a network that is made, in the order of the reference', () => {
    const words =
      'net create hyperv0 --subnet 192.168.220.1/24 --type bridge --interface eno1 --interface eno2';
    const argv = [...words.split(' '), '--profile', 'nat', '--mtu', '9000', '--vlan', 'all'];
    const options = readArguments(argv);
    if (typeof options === 'string') throw new Error(options);
    expect(options.words).toEqual(['create', 'hyperv0']);
    expect(options.choices.profile).toBeUndefined();
    expect([...options.networkKeys]).toEqual([
      ['type', 'bridge'],
      ['profile', 'nat'],
      ['interfaces', ['eno1', 'eno2']],
      // What is no number is the schema's to refuse.
      ['vlan', 'all'],
      ['subnet', '192.168.220.1/24'],
      ['mtu', 9000],
    ]);
  });

  it('has a format for each way to be read', () => {
    const formats = [['validate'], ['drift', '--json'], ['plan', '--format', 'sarif'], ['graph']].map(
      (argv) => {
        const options = readArguments(argv);
        return typeof options === 'string' ? options : [options.format, options.json, options.report];
      },
    );
    expect(formats).toEqual([
      ['text', false, undefined],
      ['json', true, undefined],
      ['sarif', false, 'sarif'],
      ['dot', false, undefined],
    ]);
  });

  it('lets the command line win over the environment', () => {
    const env = { NOVA_NETNS: 'tour', NOVA_STATE_DIR: '/s', NOVA_DATA_DIR: '' };
    expect(readArguments(['plan', '--state-dir', '/t'], env)).toMatchObject({
      netns: 'tour',
      stateDirectory: '/t',
      dataDirectory: '/var/lib/nova',
    });
  });

  it('takes names of what is to be stopped, each once, and the number of a generation', () => {
    expect(readArguments(['stop', 'web', 'container.db', 'web'])).toMatchObject({
      subjects: ['container.web', 'container.db'],
      file: '.',
    });
    expect(readArguments(['rollback', '3'])).toMatchObject({ generation: 3, file: '.' });
    expect(readArguments(['rollback'])).toMatchObject({ generation: undefined });
    expect(readArguments(['plan', 'lab', '-o', 'plan.json'])).toMatchObject({
      out: 'plan.json',
      file: 'lab',
    });
  });

  it.each([
    { argv: [], reason: 'a command is needed' },
    { argv: ['aply'], reason: 'there is no such command' },
    { argv: ['plan', '--jsn'], reason: 'there is no such option' },
    { argv: ['plan', 'a.toml', 'b.toml'], reason: 'one NovaFile at a time' },
    { argv: ['plan', 'a.toml', '-f', 'b.toml'], reason: 'the NovaFile is named twice' },
    { argv: ['logs'], reason: 'logs need a subject' },
    { argv: ['exec', 'web'], reason: 'exec needs a command' },
    { argv: ['stop'], reason: 'nothing is named that is to be stopped' },
    { argv: ['run', 'web', 'db'], reason: 'run takes one address' },
    { argv: ['rollback', 'newest'], reason: 'generations are numbered' },
    { argv: ['rollback', '0'], reason: 'the first is 1' },
    { argv: ['doctor', 'lab.toml'], reason: 'doctor looks at the machine, not at a NovaFile' },
    { argv: ['apply', '-o', 'plan.json'], reason: 'only a plan is saved' },
    { argv: ['apply', '--format', 'sarif'], reason: 'only what looks has that format' },
    { argv: ['plan', '--json', '--format', 'github'], reason: 'two formats' },
    { argv: ['plan', '--var', 'cpus'], reason: 'a variable needs a value' },
    { argv: ['plan', '--var', '=4'], reason: 'a variable needs a name' },
    { argv: ['plan', '--subnet', '10.0.0.1/24'], reason: 'only a network that is made has one' },
    { argv: ['net', 'ls', '--mtu', '1400'], reason: 'nothing is made' },
    { argv: ['apply', '--parallelism', '0'], reason: 'nothing would ever run' },
    { argv: ['apply', '--target', 'web'], reason: 'a target is an address' },
    { argv: ['plan', '--netns', '../etc'], reason: 'it would leave /run/netns' },
    { argv: ['plan', '--netns', ''], reason: 'an empty name is none' },
  ])('refuses $argv: $reason', ({ argv }) => {
    expect(() => readArguments(argv)).toThrowError(expect.objectContaining({ code: 'usage' }) as NovaError);
  });
});
