import { type Forge, forgeOf, pageSize, shortened, type Comment } from './forges.ts';
import { call, type Call, type Reply, Undelivered } from './http.ts';
import type { CommentBody, StatusBody } from './letters.ts';
import type { ForgeTable } from './settings.ts';

/**
 * Tells a forge of a commit. It is asked first what it knows: what an attempt that was cut off has left there, by an error, a
 * kill or a restart, is not told again.
 * @throws Undelivered
 */
export async function tellForge(
  table: ForgeTable,
  token: string,
  source: string,
  body: StatusBody | CommentBody,
): Promise<void> {
  const forge = forgeOf(table, token);
  if (body.kind === 'status') await tellStatus(forge, table, `nova/${source}`, body);
  else await tellChanges(forge, source, body);
}

async function tellStatus(forge: Forge, { kind }: ForgeTable, name: string, body: StatusBody): Promise<void> {
  const [newest] = forge.readStatuses((await good(forge.statuses(body.sha))).body, name);
  if (newest?.state === body.state && newest.text === shortened(kind, body.text)) return;
  const { status } = await call(forge.postStatus(name, body));
  // GitLab does not let a status become what it is already (its state machine has no such transition).
  if (status === 400 && kind === 'gitlab' && newest?.state === body.state) return;
  if (status >= 400) throw new Undelivered(`it answered ${status}`, false);
}

/** Every change has one comment of each source, which says what the newest commit would do. */
async function tellChanges(forge: Forge, source: string, { sha, text }: CommentBody): Promise<void> {
  const mark = `<!-- nova ${source} -->`;
  const { status, body } = await call(forge.changes(sha));
  if (status >= 400) return;
  for (const change of forge.readChanges(body)) {
    const whole = `${mark}\n${text}`;
    const known = await findComment(forge, change, mark);
    if (known?.text.trim() === whole.trim()) continue;
    await good(
      known === undefined ? forge.postComment(change, whole) : forge.editComment(change, known.id, whole),
    );
  }
}

/** Pages that are looked through. */
const pages = 40;

async function findComment(forge: Forge, change: number, mark: string): Promise<Comment | undefined> {
  for (let page = 1; page <= pages; page += 1) {
    const all = forge.readComments((await good(forge.comments(change, page))).body);
    const found = all.find(({ text }) => text.startsWith(mark));
    if (found !== undefined || all.length < pageSize) return found;
  }
  return undefined;
}

async function good(asked: Call): Promise<Reply> {
  const answer = await call(asked);
  if (answer.status >= 400) throw new Undelivered(`it answered ${answer.status}`, false);
  return answer;
}
