import { z } from 'zod';

import { NovaError } from '../../schema/errors.ts';
import type { Address, Manifest } from '../../schema/manifest.ts';
import type { Step } from '../../reconcilers/reconciler.ts';
import { planFormatVersion, planJson } from '../render/planJson.ts';
import { redact } from '../secrets/redact.ts';
import { isManifest } from '../storedManifest.ts';
import { isRecord } from './changes.ts';
import { type Facts, surveyedFacts } from './facts.ts';
import { hashOf } from './hash.ts';
import type { PlanOptions } from './makePlan.ts';
import type { Plan } from './plan.ts';
import type { Survey } from './survey.ts';

/** Tells a saved plan from other JSON documents. */
export const savedPlanKind = 'nova.plan';

/** Where a saved plan is run. */
export interface SavedPlace {
  /** Of the scope: the short hash. */
  readonly scope: string;
  readonly netns?: string | undefined;
  readonly dataDirectory: string;
  readonly stateDirectory: string;
}

interface SavedResource {
  readonly address: Address;
  readonly fingerprint: string;
  /** What the fingerprint is of, so that what changed can be named. */
  readonly facts: Facts;
  readonly steps: readonly Step[];
}

/** All that is needed to run a plan later, and to know that it is still the right one. */
export interface SavedPlan {
  readonly place: SavedPlace;
  /** The commit that the manifest is from; null when it is from a file alone. */
  readonly commit: string | null;
  readonly options: PlanOptions;
  readonly manifest: Manifest;
  /** Values of the manifest's secrets, encrypted to this host. */
  readonly sealed?: string | undefined;
  readonly plan_hash: string;
  readonly resources: readonly SavedResource[];
}

/** The document that is saved: the plan as every program can read it, with what Nova needs to run it. */
export function savedPlanJson(
  {
    plan,
    manifest,
    surveyed,
    options,
    sealed,
  }: {
    plan: Plan;
    manifest: Manifest;
    surveyed: Survey;
    options: PlanOptions;
    sealed?: string | undefined;
  },
  place: SavedPlace,
): Record<string, unknown> {
  const facts = surveyedFacts(plan, surveyed);
  const resources = plan.resources.map(({ address, fingerprint, steps }) => {
    return { address, fingerprint, facts: facts.get(address) ?? {}, steps };
  });
  const saved: SavedPlan = {
    place,
    commit: null,
    options,
    manifest,
    sealed,
    plan_hash: plan.hash,
    resources,
  };
  // What is told of it to people may repeat what tools and capsules have said.
  const told = JSON.parse(redact(JSON.stringify(planJson(plan)))) as ReturnType<typeof planJson>;
  const document = { kind: savedPlanKind, ...told, saved };
  return { ...document, digest: hashOf(document) };
}

const text = z.string();

const shape = z.object({
  place: z.object({ scope: text, netns: text.optional(), dataDirectory: text, stateDirectory: text }),
  commit: text.nullable(),
  options: z.object({ targets: z.array(text).optional(), deleteVolumes: z.boolean().optional() }),
  manifest: z.custom<Manifest>(isManifest),
  sealed: text.optional(),
  plan_hash: text,
  resources: z.array(
    z.object({
      address: text,
      fingerprint: text,
      facts: z.record(text, text),
      steps: z.array(z.looseObject({ id: text })),
    }),
  ),
});

/**
 * Reads what {@link savedPlanJson} made. The digest shows that a document is whole and was not edited; it keeps nobody
 * from making another one.
 * @param name of the file, for messages
 * @throws NovaError `plan.damaged`
 */
export function readSavedPlan(content: string, name: string): SavedPlan {
  const document = parsed(content, name);
  if (!isRecord(document) || document['kind'] !== savedPlanKind)
    throw damaged(`${name} is no plan that Nova saved`);
  const version = document['format_version'];
  if (typeof version !== 'string' || major(version) !== major(planFormatVersion)) {
    throw damaged(`${name} was saved by another version of Nova`);
  }
  const { digest, saved, ...rest } = document;
  if (digest !== hashOf({ ...rest, saved })) throw damaged(`${name} is not as it was saved`);
  if (!isSavedPlan(saved)) throw damaged(`${name} holds something that this version of Nova does not know`);
  return saved;
}

function parsed(content: string, name: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw damaged(`${name} is no whole JSON document`, cause);
  }
}

function isSavedPlan(value: unknown): value is SavedPlan {
  return shape.safeParse(value).success;
}

function major(version: string): string | undefined {
  return version.split('.')[0];
}

function damaged(message: string, cause?: unknown): NovaError {
  return new NovaError('plan.damaged', message, {
    hint: 'save it again with `nova plan -o FILE`; a saved plan is not edited',
    cause,
  });
}
