import type { Issue, NovaError } from '../../schema/errors.ts';
import type { Address, Manifest } from '../../schema/manifest.ts';
import type { Owner } from '../../stateStore/stateStore.ts';
import { issueOf } from '../render/issues.ts';
import type { Delivery } from '../sources/source.ts';
import { type Approval, type Danger, dangersText, dangerText, isApproved } from './assess.ts';
import { appliedText, outcomeEvent } from './happenings.ts';
import type { Recorder } from './recorder.ts';
import type { Generations, Target } from './target.ts';

/** What a person agrees to: what is dangerous in the plan for a revision. */
export interface Agreed {
  readonly target: Pick<Target, 'revision'>;
  readonly dangers: readonly Danger[];
}

/** What a host is to look like: the newest revision, or the last good one while that is refused or waits for a person. */
export interface Desired {
  readonly good: Target | undefined;
  readonly candidate: Target | undefined;
  /** Addresses of the generation that was rolled back. */
  readonly rejected: ReadonlySet<Address>;
  /** What a person has to agree to. */
  waiting: readonly Danger[];
  /** Why the newest revision cannot be had or is refused. */
  trouble(): readonly Issue[];
  /** The source could not be read the last time. */
  readonly failing: boolean;
  /** Takes a revision as the newest; tells whether it becomes the candidate. */
  accept(delivery: Delivery): boolean;
  fail(error: NovaError | undefined): void;
  isAllowed(target: Target, dangers: readonly Danger[]): boolean;
  /** @param agreed of which plan; undefined: of the one that waits */
  approve(agreed?: Agreed): string | undefined;
  /** The candidate came to Ready. */
  promote(owner: Owner): Promise<void>;
  /** When the candidate has to be ready, in ms since the epoch; infinite when there is nothing to go back to. */
  deadline(): number;
  /** The time of the candidate begins. */
  begin(now: number): void;
  /** The candidate had time enough. */
  rollBack(): void;
  /** A person has made the host as an earlier generation says: it stays so until something newer comes. */
  goBack(target: Target, generation: number): void;
}

export function createDesired(options: {
  readonly name: string;
  /** What is remembered as good. */
  readonly good: Target | undefined;
  readonly generations: Generations;
  readonly recorder: Recorder;
  /** ms that a generation has to come to Ready before it is rolled back */
  readonly deadline: number;
}): Desired {
  const { name, recorder, generations } = options;
  let { good } = options;
  let candidate: (Target & { since: number | undefined }) | undefined;
  let rejected: ReadonlySet<Address> = new Set();
  let sourceTrouble: readonly Issue[] = [];
  let fileTrouble: readonly Issue[] = [];

  /** Everything of a project that is called otherwise from now on would be left behind. */
  function otherProject({ project, file }: Manifest): readonly Issue[] {
    const { project: before } = recorder.row;
    if (before === undefined || before === project || good === undefined) return [];
    const hint = `name it ${before} again, or destroy ${before} first and take its source away`;
    return [
      { code: 'project.claimed', message: `${file} was project ${before} and is ${project} now`, hint },
    ];
  }

  const desired: Desired = {
    get good() {
      return good;
    },
    get candidate() {
      return candidate;
    },
    get rejected() {
      return rejected;
    },
    get failing() {
      return sourceTrouble.length > 0;
    },
    waiting: [],

    trouble() {
      const { quarantined, revision } = recorder.row;
      const rolledBack = quarantined !== undefined && quarantined === revision;
      const consent = dangersText(desired.waiting);
      return [
        ...sourceTrouble,
        ...fileTrouble,
        ...(rolledBack
          ? [issue('generation.quarantined', `${quarantined} was rolled back, and is not tried again`)]
          : []),
        ...(consent === ''
          ? []
          : [issue('approval.needed', `it would ${consent}; \`nova approve ${name}\` agrees to that`)]),
      ];
    },

    accept({ revision, commit, manifest, issues }) {
      recorder.set({ revision });
      fileTrouble = manifest === undefined ? issues : otherProject(manifest);
      const [first] = fileTrouble;
      if (first !== undefined) recorder.event(outcomeEvent(undefined, first));
      if (manifest === undefined || fileTrouble.length > 0) return false;
      rejected = new Set();
      if (recorder.row.quarantined === revision) {
        rejected = new Set(manifest.resources.map(({ address }) => address));
        return false;
      }
      recorder.set({ quarantined: undefined, project: manifest.project });
      if (good?.revision === revision) {
        good = { revision, commit, manifest };
        candidate = undefined;
        return false;
      }
      const message = `read ${revision}`;
      recorder.event({ subject: '', severity: 'normal', reason: 'Revision', message });
      candidate = { revision, commit, manifest, since: undefined };
      return true;
    },

    fail(error) {
      sourceTrouble = error === undefined ? [] : [issueOf(error)];
    },

    isAllowed({ revision }, dangers) {
      const { approved } = recorder.row;
      const approval = approved === undefined ? undefined : (JSON.parse(approved) as Approval);
      return isApproved(approval, revision, dangers);
    },

    approve(agreed) {
      const target = agreed?.target ?? candidate ?? good;
      const dangers = agreed?.dangers ?? desired.waiting;
      if (dangers.length === 0 || target === undefined) return undefined;
      const approved: Approval = { revision: target.revision, dangers: dangers.map(dangerText) };
      const message = dangersText(dangers);
      recorder.set({ approved: JSON.stringify(approved) });
      recorder.event({ subject: '', severity: 'normal', reason: 'Approved', message });
      recorder.flush();
      return message;
    },

    async promote(owner) {
      const ready = candidate;
      if (ready === undefined) return;
      const { revision, commit, manifest } = ready;
      const number = await generations.add(owner, ready);
      good = { revision, commit, manifest };
      // Another one may have come meanwhile.
      if (candidate === ready) candidate = undefined;
      recorder.set({ goodRevision: revision, goodGeneration: number, approved: undefined });
      const message = appliedText(number, manifest);
      recorder.event({ subject: '', severity: 'normal', reason: 'Applied', message });
    },

    deadline() {
      if (candidate?.since === undefined || good === undefined) return Number.POSITIVE_INFINITY;
      return candidate.since + options.deadline;
    },

    begin(now) {
      if (candidate !== undefined) candidate.since ??= now;
    },

    rollBack() {
      if (candidate === undefined || good === undefined) return;
      const { revision } = candidate;
      recorder.set({ quarantined: revision });
      const message = `${revision} did not get ready in ${options.deadline / 1000} s; back to ${good.revision}`;
      recorder.event({ subject: '', severity: 'warning', reason: 'RolledBack', message });
      rejected = new Set(candidate.manifest.resources.map(({ address }) => address));
      candidate = undefined;
    },

    goBack(target, generation) {
      const { revision } = recorder.row;
      const newest = revision === target.revision ? undefined : revision;
      const row = { goodRevision: target.revision, goodGeneration: generation, approved: undefined };
      recorder.set({ ...row, quarantined: newest });
      const message = `a person went back to what is generation ${generation} now`;
      recorder.event({ subject: '', severity: 'warning', reason: 'RolledBack', message });
      good = target;
      candidate = undefined;
      rejected = new Set();
      desired.waiting = [];
    },
  };
  return desired;
}

function issue(code: Issue['code'], message: string): Issue {
  return { code, message };
}
