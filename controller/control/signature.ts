import { createHmac, timingSafeEqual } from 'node:crypto';

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Pure: whether a webhook comes from somebody who knows the secret, in the forms of the forges:
 * - GitHub, `X-Hub-Signature-256: sha256=HEX` (docs.github.com, "Validating webhook deliveries")
 * - Gitea and Forgejo, `X-Gitea-Signature`, `X-Forgejo-Signature`: HEX (docs.gitea.com, "Webhooks")
 * - GitLab, `X-Gitlab-Token`: the secret itself (docs.gitlab.com, "Webhooks", secret token)
 */
export function isSigned(headers: Headers, body: Uint8Array, secret: string): boolean {
  if (secret === '') return false;
  const digest = createHmac('sha256', secret).update(body).digest('hex');
  const expected: readonly (readonly [header: string, value: string])[] = [
    ['x-hub-signature-256', `sha256=${digest}`],
    ['x-gitea-signature', digest],
    ['x-forgejo-signature', digest],
    ['x-gitlab-token', secret],
  ];
  // One that is there and wrong is not made good by another.
  const given = expected.filter(([header]) => headers[header] !== undefined);
  return given.length > 0 && given.every(([header, value]) => isEqual(headers[header], value));
}

/** Takes as long for a nearly right one as for any other. */
function isEqual(given: Headers[string], expected: string): boolean {
  if (typeof given !== 'string') return false;
  const [one, other] = [given, expected].map((text) => createHmac('sha256', 'compare').update(text).digest());
  return one !== undefined && other !== undefined && timingSafeEqual(one, other);
}
