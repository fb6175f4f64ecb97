import { createHash } from 'node:crypto';

import type { Call } from './http.ts';
import type { NoticeBody } from './letters.ts';
import type { NotifyTable } from './settings.ts';

/** Pure: a notice as a chat or another program takes it. @param key by which whoever takes it may know it again */
export function noticeCall(
  { template, room = '' }: Pick<NotifyTable, 'template' | 'room'>,
  { url, token }: { readonly url: string; readonly token: string | undefined },
  notice: NoticeBody,
  key: string,
): Call {
  const id = createHash('sha256').update(key).digest('hex').slice(0, 32);
  const authorization: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` };
  const { title, text } = wordsOf(notice);
  switch (template) {
    case 'slack':
      // api.slack.com, "Sending messages using incoming webhooks"; &, < and > are its own.
      return {
        method: 'POST',
        url,
        headers: authorization,
        body: { text: `*${slack(title)}*\n${slack(text)}` },
      };
    case 'matrix': {
      // spec.matrix.org, client-server API: the same transaction twice is one message.
      const base = url.replace(/\/$/, '');
      const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/nova${id}`;
      const body = { msgtype: 'm.notice', body: `${title}\n${text}` };
      return { method: 'PUT', url: base + path, headers: authorization, body };
    }
    case 'ntfy':
      // docs.ntfy.sh/publish: headers are ASCII, so the title is in the text.
      return {
        method: 'POST',
        url,
        headers: {
          ...authorization,
          priority: notice.occasion === 'applied' ? 'default' : 'high',
          tags: notice.occasion,
        },
        body: `${title}\n${text}`,
      };
    case 'json':
      return {
        method: 'POST',
        url,
        headers: { ...authorization, 'idempotency-key': id },
        body: { ...notice },
      };
  }
}

const titles: Readonly<Record<NoticeBody['occasion'], string>> = {
  applied: 'was applied',
  failed: 'cannot be applied',
  waiting: 'waits for somebody to agree',
  'rolled-back': 'was rolled back',
  drifted: 'was changed by somebody else',
};

function wordsOf({ source, occasion, subject, text, revision }: NoticeBody) {
  const about = subject === '' ? '' : `${subject}: `;
  const of = revision === undefined ? '' : ` (${revision})`;
  return {
    title: `${source} ${titles[occasion]}${of}`,
    text: `${about}${text}`.slice(0, 2000).toWellFormed(),
  };
}

function slack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
