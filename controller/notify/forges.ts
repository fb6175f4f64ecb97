import { z } from 'zod';

import type { StatusBody } from './letters.ts';
import type { Call } from './http.ts';
import type { ForgeTable } from './settings.ts';

/** A comment of a change. */
export interface Comment {
  readonly id: number;
  readonly text: string;
}

/** How a forge is asked; pure, but for the token, which is read for each letter. */
export interface Forge {
  /** What it knows of a commit under a name, the newest first. */
  readonly statuses: (sha: string) => Call;
  readonly readStatuses: (body: unknown, name: string) => readonly Pick<StatusBody, 'state' | 'text'>[];
  readonly postStatus: (name: string, status: StatusBody) => Call;
  /** The changes that brought a commit. */
  readonly changes: (sha: string) => Call;
  readonly readChanges: (body: unknown) => readonly number[];
  readonly comments: (change: number, page: number) => Call;
  readonly readComments: (body: unknown) => readonly Comment[];
  readonly postComment: (change: number, text: string) => Call;
  readonly editComment: (change: number, comment: number, text: string) => Call;
}

/** What it calls a state, and what it takes of a text: GitHub 140 characters, GitLab and Gitea 255. */
const longestText = { github: 140, gitlab: 255, gitea: 255 } as const;
/** Comments of a page. */
export const pageSize = 50;

export function forgeOf(table: ForgeTable, token: string): Forge {
  return table.kind === 'gitlab' ? gitlab(table, token) : likeGithub(table, token);
}

/** As a forge keeps a text. */
export function shortened(kind: ForgeTable['kind'], text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  const most = longestText[kind];
  return line.length <= most ? line : `${line.slice(0, most - 1).toWellFormed()}…`;
}

const githubStatuses = z.array(
  z.object({
    id: z.int(),
    context: z.string().nullish(),
    state: z.string().optional(),
    status: z.string().optional(),
    description: z.string().nullish(),
  }),
);
const numbered = z.object({ number: z.int() });
const comments = z.array(z.object({ id: z.int(), body: z.string().nullish() }));

/**
 * GitHub (docs.github.com/rest: commits/statuses, commits "list pull requests associated with a commit", issues/comments)
 * and Gitea and Forgejo (docs.gitea.com/api: repoCreateStatus, repoListStatusesByRef, repoGetCommitPullRequest,
 * issueCreateComment), which took its ways.
 */
function likeGithub({ api, repository, kind }: ForgeTable, token: string): Forge {
  const at = `${api.replace(/\/$/, '')}/repos/${repository}`;
  const isGithub = kind === 'github';
  const headers: Record<string, string> = isGithub
    ? {
        authorization: `Bearer ${token}`,
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2022-11-28',
      }
    : { authorization: `token ${token}` };
  const sized = (path: string, page = 1): string =>
    `${at}${path}?page=${page}&${isGithub ? 'per_page' : 'limit'}=${pageSize}`;
  return {
    statuses: (sha) => ({
      method: 'GET',
      url: `${sized(`/commits/${sha}/statuses`)}${isGithub ? '' : '&sort=recentupdate'}`,
      headers,
    }),
    readStatuses: (body, name) =>
      githubStatuses
        .parse(body)
        .filter(({ context }) => context === name)
        .toSorted(newestFirst)
        .map(({ state, status, description }) => ({
          state: stateFrom(state ?? status ?? ''),
          text: description ?? '',
        })),
    postStatus: (name, { sha, state, text }) => ({
      method: 'POST',
      url: `${at}/statuses/${sha}`,
      headers,
      body: { state, context: name, description: shortened(kind, text) },
    }),
    changes: (sha) => ({
      method: 'GET',
      url: isGithub ? sized(`/commits/${sha}/pulls`) : `${at}/commits/${sha}/pull`,
      headers,
    }),
    readChanges: (body) =>
      isGithub
        ? z
            .array(numbered)
            .parse(body)
            .map(({ number }) => number)
        : [numbered.parse(body).number],
    comments: (change, page) => ({ method: 'GET', url: sized(`/issues/${change}/comments`, page), headers }),
    readComments: (body) => comments.parse(body).map(({ id, body: text }) => ({ id, text: text ?? '' })),
    postComment: (change, text) => ({
      method: 'POST',
      url: `${at}/issues/${change}/comments`,
      headers,
      body: { body: text },
    }),
    editComment: (_, comment, text) => ({
      method: 'PATCH',
      url: `${at}/issues/comments/${comment}`,
      headers,
      body: { body: text },
    }),
  };
}

const gitlabStatuses = z.array(
  z.object({ id: z.int(), name: z.string(), status: z.string(), description: z.string().nullish() }),
);
const gitlabStates = { pending: 'pending', success: 'success', failure: 'failed' } as const;

/** GitLab (docs.gitlab.com/api: commits "set commit pipeline status", "list merge requests of a commit", notes). */
function gitlab({ api, repository, kind }: ForgeTable, token: string): Forge {
  const at = `${api.replace(/\/$/, '')}/projects/${encodeURIComponent(repository)}`;
  const headers = { 'private-token': token };
  return {
    statuses: (sha) => ({
      method: 'GET',
      url: `${at}/repository/commits/${sha}/statuses?order_by=id&sort=desc&per_page=${pageSize}`,
      headers,
    }),
    readStatuses: (body, name) =>
      gitlabStatuses
        .parse(body)
        .filter((each) => each.name === name)
        .toSorted(newestFirst)
        .map(({ status, description }) => ({ state: stateFrom(status), text: description ?? '' })),
    postStatus: (name, { sha, state, text }) => ({
      method: 'POST',
      url: `${at}/statuses/${sha}`,
      headers,
      body: { state: gitlabStates[state], name, description: shortened(kind, text) },
    }),
    changes: (sha) => ({ method: 'GET', url: `${at}/repository/commits/${sha}/merge_requests`, headers }),
    readChanges: (body) =>
      z
        .array(z.object({ iid: z.int() }))
        .parse(body)
        .map(({ iid }) => iid),
    comments: (change, page) => ({
      method: 'GET',
      url: `${at}/merge_requests/${change}/notes?sort=asc&page=${page}&per_page=${pageSize}`,
      headers,
    }),
    readComments: (body) => comments.parse(body).map(({ id, body: text }) => ({ id, text: text ?? '' })),
    postComment: (change, text) => ({
      method: 'POST',
      url: `${at}/merge_requests/${change}/notes`,
      headers,
      body: { body: text },
    }),
    editComment: (change, comment, text) => ({
      method: 'PUT',
      url: `${at}/merge_requests/${change}/notes/${comment}`,
      headers,
      body: { body: text },
    }),
  };
}

/** Not every version of a forge heeds the order that it is asked for. */
function newestFirst(a: { readonly id: number }, b: { readonly id: number }): number {
  return b.id - a.id;
}

function stateFrom(word: string): StatusBody['state'] {
  if (word === 'success') return 'success';
  return word === 'pending' || word === 'running' || word === 'created' ? 'pending' : 'failure';
}
