import { z } from 'zod';

/** What may be told of: each is something that happened to a source. */
export const occasions = ['applied', 'failed', 'waiting', 'rolled-back', 'drifted'] as const;
export type Occasion = (typeof occasions)[number];

const url = z.url({ protocol: /^https?$/ });

/** Where commits get their statuses and changes their comments: `[source.NAME.forge]`. */
export const forgeTable = z.strictObject({
  kind: z.enum(['github', 'gitlab', 'gitea']),
  /** Where its API begins: `https://api.github.com`, `https://gitlab.example.org/api/v4`, `https://git.example.org/api/v1`. */
  api: url,
  /** `owner/name`, of GitLab the whole path */
  repository: z.string().regex(/^[\w.-]+(?:\/[\w.-]+)+$/, 'must be owner/name'),
  token_file: z.string(),
});
export type ForgeTable = z.infer<typeof forgeTable>;

/** Who is told by a webhook: `[[source.NAME.notify]]`. */
export const notifyTable = z
  .strictObject({
    template: z.enum(['slack', 'matrix', 'ntfy', 'json']),
    /** Of Slack the incoming webhook, of Matrix the homeserver, of ntfy the topic; whoever knows it may post. */
    url: url.optional(),
    /** The same in a file, where it is a secret itself. */
    url_file: z.string().optional(),
    /** Of Matrix: `!abc:example.org`. */
    room: z.string().optional(),
    token_file: z.string().optional(),
    on: z.array(z.enum(occasions)).default(['failed', 'waiting', 'rolled-back']),
  })
  .refine((table) => (table.url === undefined) !== (table.url_file === undefined), 'needs url or url_file')
  .refine(
    (table) => table.template !== 'matrix' || (table.room !== undefined && table.token_file !== undefined),
    'of Matrix needs room and token_file',
  );
export type NotifyTable = z.infer<typeof notifyTable>;

/** Whom a source tells. */
export interface Audience {
  readonly forge: ForgeTable | undefined;
  readonly notify: readonly NotifyTable[];
}
