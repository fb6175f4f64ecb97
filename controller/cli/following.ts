import { settingsFrom, sourceNamePattern, type SourceSettings, parseDuration } from '../sources/settings.ts';
import { automatics, type Automatic } from '../../schema/automatics.ts';
import type { FollowingFlags } from './followingFlags.ts';
import { usage } from './positionals.ts';

/** What `watch` and `controller` are told on the command line. */
export interface Following {
  readonly once: boolean;
  /** The only source that is followed, but for where it is; `folder` when `repo` was not said. */
  readonly settings: (folder: string | undefined, name: string) => SourceSettings;
  readonly name: string | undefined;
  readonly repo: string | undefined;
}

/** @throws NovaError `usage` */
export function readFollowing(values: FollowingFlags): Following {
  const given = <Key extends string>(flag: keyof FollowingFlags, key: Key): { [Name in Key]?: string } => {
    const value = values[flag];
    return (typeof value === 'string' ? { [key]: value } : {}) as { [Name in Key]?: string };
  };
  const common = {
    ...time('interval', given('interval', 'interval').interval),
    ...time('deadline', given('deadline', 'deadline').deadline),
    ...automatic(given('auto', 'auto').auto),
    ...given('hook-secret-file', 'hook_secret_file'),
  };
  const { repo } = given('repo', 'repo');
  const git = {
    ...given('ref', 'ref'),
    ...given('path', 'path'),
    ...given('token-file', 'token_file'),
    ...given('allowed-signers', 'allowed_signers'),
    ...given('keyring', 'keyring'),
  };
  return {
    once: values.once === true,
    name: given('name', 'name').name,
    repo,
    settings: (folder, name) => {
      if (!sourceNamePattern.test(name))
        throw usage(`\`${name}\` cannot be the name of a source; give it one with --name`);
      if (folder !== undefined) return settingsFrom(name, { folder, ...common });
      if (repo === undefined) throw usage('`nova controller` needs --repo, or a configuration file');
      return settingsFrom(name, { repo, ...git, ...common });
    },
  };
}

function time<Key extends string>(key: Key, text: string | undefined): { readonly [Name in Key]?: number } {
  if (text === undefined) return {};
  const ms = parseDuration(text);
  if (ms === undefined) throw usage(`--${key} takes a time as 500ms, 30s, 5m or 1h, not \`${text}\``);
  return { [key]: ms } as { [Name in Key]?: number };
}

function automatic(text: string | undefined): { readonly auto?: Automatic[] } {
  if (text === undefined) return {};
  const auto = text.split(',').map((word) => {
    const found = automatics.find((each) => each === word.trim());
    if (found === undefined) throw usage(`--auto takes a list of ${automatics.join(', ')}, not \`${word}\``);
    return found;
  });
  return { auto };
}
