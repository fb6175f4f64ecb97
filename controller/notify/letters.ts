import { dispositions, type ErrorCode } from '../../schema/errors.ts';
import type { LoopEvent } from '../../stateStore/loopState.ts';
import type { Letter } from '../../stateStore/outboxState.ts';
import type { Audience, Occasion } from './settings.ts';

/** What a commit is told to be. */
export interface StatusBody {
  readonly kind: 'status';
  readonly sha: string;
  readonly state: 'pending' | 'success' | 'failure';
  readonly text: string;
}

/** What a change is told that brought a commit. */
export interface CommentBody {
  readonly kind: 'comment';
  readonly sha: string;
  readonly text: string;
}

/** What a webhook carries. */
export interface NoticeBody {
  readonly kind: 'notice';
  readonly source: string;
  readonly occasion: Occasion;
  readonly subject: string;
  readonly text: string;
  readonly revision: string | undefined;
  /** ms since the epoch */
  readonly at: number;
}

export type Body = StatusBody | CommentBody | NoticeBody;

/** The outbox's name of the forge of a source, and of each webhook by its place in the list. */
export function forgeChannel(source: string): string {
  return `${source} forge`;
}

export function noticeChannel(source: string, index: number): string {
  return `${source} notify ${index}`;
}

/**
 * Pure: what an event is told as, and to whom. The keys make each thing one that is told once: a status by its event, a
 * notice by what it says, so that what is found out again after a restart is not told again.
 */
export function lettersOf(event: LoopEvent, audience: Audience): readonly Letter[] {
  const { source } = event;
  const status = audience.forge === undefined ? undefined : statusOf(event);
  const notice = noticeOf(event);
  return [
    ...(status === undefined
      ? []
      : [{ channel: forgeChannel(source), key: `status ${event.id}`, body: JSON.stringify(status) }]),
    ...audience.notify.flatMap(({ on }, index) =>
      notice === undefined || !on.includes(notice.occasion)
        ? []
        : [
            {
              channel: noticeChannel(source, index),
              key: [event.revision, event.reason, event.subject, event.message].join(' '),
              body: JSON.stringify(notice),
            },
          ],
    ),
  ];
}

/** The commit in a revision, as `main@c0ffee…`; undefined when it is from a folder. */
export function commitIn(revision: string | undefined): string | undefined {
  return /@([0-9a-f]{40})$/.exec(revision ?? '')?.[1];
}

function statusOf({ revision, reason, subject, message, severity }: LoopEvent): StatusBody | undefined {
  const sha = commitIn(revision);
  if (sha === undefined) return undefined;
  const status = (state: StatusBody['state'], text: string): StatusBody => ({
    kind: 'status',
    sha,
    state,
    text,
  });
  if (subject !== '') {
    // What is tried again may still come to be; a resource that drifts says nothing of the commit.
    if (severity === 'normal' || !isFinal(reason)) return undefined;
    return status('failure', `${subject}: ${message}`);
  }
  switch (reason) {
    case 'Revision':
      return status('pending', 'it is being applied');
    case 'Approved':
      return status('pending', `agreed: ${message}`);
    case 'approval.needed':
      return status('pending', message);
    case 'Applied':
      return status('success', message);
    case 'RolledBack':
      return status('failure', message);
    case 'generation.quarantined':
      return undefined;
    default:
      return severity === 'warning' && isFinal(reason) ? status('failure', message) : undefined;
  }
}

function isFinal(reason: string): boolean {
  return Object.hasOwn(dispositions, reason) && dispositions[reason as ErrorCode] === 'terminal';
}

function noticeOf(event: LoopEvent): NoticeBody | undefined {
  const occasion = occasionOf(event);
  if (occasion === undefined) return undefined;
  const { source, subject, message: text, revision, at } = event;
  return { kind: 'notice', source, occasion, subject, text, revision, at };
}

function occasionOf({ reason, severity, subject }: LoopEvent): Occasion | undefined {
  if (reason === 'Applied') return 'applied';
  if (reason === 'RolledBack') return 'rolled-back';
  if (reason === 'approval.needed') return subject === '' ? 'waiting' : undefined;
  if (reason === 'Drifted') return 'drifted';
  if (reason === 'generation.quarantined') return undefined;
  return severity === 'warning' && isFinal(reason) ? 'failed' : undefined;
}
