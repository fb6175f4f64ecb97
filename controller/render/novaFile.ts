import { binarySize } from '../../schema/binarySize.ts';
import { isImplied } from '../../schema/capsule.ts';
import { defaultPolicy, type Policy } from '../../schema/common.ts';
import type { Manifest, Resource } from '../../schema/manifest.ts';
import { present } from '../../schema/present.ts';
import { escaped, escapedIn } from '../../schema/escaped.ts';
import type { SecretSources } from '../../schema/secret.ts';
import { isSensitive, type Sensitive } from '../../schema/sensitive.ts';
import { isRecord } from '../plan/changes.ts';

/**
 * A NovaFile that says what a manifest says, in full: defaults filled in, paths absolute, nothing included. A value that
 * stands in the file although nobody should see it becomes a secret of a name that `nova secret set` takes.
 */
export function novaFileText({ project, auto, moved = [], limits, secrets, resources }: Manifest): string {
  const top = [
    `project = ${tomlOf(project)}`,
    ...(auto === undefined ? [] : [`auto = ${tomlOf(auto)}`]),
    ...(limits === undefined ? [] : [`limits = ${tomlOf(limits)}`]),
    ...(moved.length === 0 ? [] : [`moved = ${tomlOf(moved.map(({ from, to }) => ({ from, to })))}`]),
  ];
  const declared = resources.filter((resource) => !isImplied(resource));
  const tables = [
    ...(secrets === undefined
      ? []
      : [printTable('secrets', escaped({ ...secrets, ...emptiedFrom(secrets) }))]),
    ...declared.map((resource) =>
      printTable(`${resource.kind}.${keyOf(resource.name)}`, contentOf(resource)),
    ),
  ];
  return `${[top.join('\n'), ...tables].join('\n\n')}\n`;
}

function emptiedFrom({ from }: SecretSources): { readonly from: SecretSources['from'] | undefined } {
  return { from: Object.keys(from).length === 0 ? undefined : from };
}

/** A table with a header, of values as TOML has them. */
export function printTable(header: string, content: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(content)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${keyOf(key)} = ${tomlOf(value, key)}`);
  return [`[${header}]`, ...lines].join('\n');
}

function contentOf({ kind, name, spec, dependsOn, policy }: Resource): Readonly<Record<string, unknown>> {
  const content = {
    ...present(kind, spec),
    ...(dependsOn.length === 0 ? {} : { depends_on: dependsOn }),
    ...(policy === undefined ? {} : policyContent(policy)),
  };
  const entries = Object.entries(content).map(([key, value]: [string, unknown]): [string, unknown] => {
    return [key, named(name, escapedIn(kind, key, value))];
  });
  return Object.fromEntries<unknown>(entries);
}

/** A table `lifecycle` is one also when it says nothing. */
function policyContent({ drift, adopt, ...lifecycle }: Policy): Readonly<Record<string, unknown>> {
  return {
    lifecycle,
    ...(drift === defaultPolicy.drift ? {} : { drift }),
    ...(adopt ? { adopt } : {}),
  };
}

/** What is sensitive becomes `{ secret = "…" }`. */
function named<T>(owner: string, value: T): T {
  if (isSensitive(value)) return { secret: secretName(owner, value) } as T;
  if (Array.isArray(value)) return value.map((item: unknown) => named(owner, item)) as T;
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, named(owner, item)])) as T;
}

function secretName(owner: string, { secret, written }: Sensitive): string {
  if (!written) return secret;
  const variable = secret.replace(/^env\./, '').toLowerCase();
  return `${owner}-${variable.replaceAll(/[^a-z0-9_-]+/g, '-')}`;
}

function tomlOf(value: unknown, key = ''): string {
  if (Array.isArray(value)) return `[${value.map((item) => tomlOf(item)).join(', ')}]`;
  if (isRecord(value)) {
    const pairs = Object.entries(value).filter(([, item]) => item !== undefined);
    return pairs.length === 0
      ? '{}'
      : `{ ${pairs.map(([name, item]) => `${keyOf(name)} = ${tomlOf(item, name)}`).join(', ')} }`;
  }
  if (typeof value === 'number' && /(?:memory|size)$/.test(key)) return tomlOf(binarySize(value));
  // JSON's escapes are TOML's too; DEL has to be escaped as well.
  return JSON.stringify(value).replaceAll('\u007f', '\\u007f');
}

function keyOf(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : tomlOf(key);
}
