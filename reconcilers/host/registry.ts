import { type ErrorCode, NovaError } from '../../schema/errors.ts';
import type { Scope } from '../identity.ts';
import type { CommandRunner } from './commandRunner.ts';
import type { Registry, RegistryImage } from './imagePorts.ts';
import { runtimeMessage } from './runtimeMessage.ts';

/**
 * Images in registries by skopeo, which finds credentials, mirrors and certificates where it always does (its auth file,
 * `/etc/containers`).
 */
export function createRegistry(scope: Scope, runner: CommandRunner): Registry {
  const skopeo = async (
    { reference, insecure }: RegistryImage,
    argv: readonly string[],
    how: { readonly timeout: number; readonly signal: AbortSignal },
  ): Promise<string> => {
    const ended = await runner.finish({ argv, effect: 'change', namespace: scope.namespace, ...how });
    if (ended.code === 0) return ended.stdout;
    throw refusal(reference, insecure, runtimeMessage(ended.stderr), scope.namespace);
  };
  return {
    manifest: (image, signal) => {
      const secure = `--tls-verify=${!image.insecure}`;
      const argv = ['skopeo', 'inspect', '--raw', secure, `docker://${image.reference}`];
      return skopeo(image, argv, { timeout: patience.manifest, signal });
    },
    copy: async (image, layout, signal) => {
      const secure = `--src-tls-verify=${!image.insecure}`;
      const to = `oci:${layout}:nova`;
      const argv = ['skopeo', 'copy', '--quiet', secure, `docker://${image.reference}`, to];
      await skopeo(image, argv, { timeout: patience.image, signal });
      // On the disk before it gets the name that says it is whole.
      await runner.run({ argv: ['sync', '-f', layout], effect: 'change', timeout: patience.image });
    },
  };
}

/** ms */
const patience = { manifest: 60_000, image: 3_600_000 } as const;

/** What skopeo says, without the name of the image that it is about. */
function refusal(
  reference: string,
  insecure: boolean,
  said: string,
  namespace: string | undefined,
): NovaError {
  const words = said.replace(/^(?:Error parsing image name|initializing source|reading manifest).*?": /, '');
  const { code, hint } = meaning(words, insecure, namespace);
  return new NovaError(code, `${reference} cannot be pulled: ${words}`, { hint });
}

function meaning(
  words: string,
  insecure: boolean,
  namespace: string | undefined,
): { readonly code: ErrorCode; readonly hint: string } {
  if (/no space left on device|disk quota exceeded/i.test(words))
    return { code: 'host.full', hint: 'make room on the disk, then run the same command again' };
  if (/manifest unknown|name unknown|not found|no such manifest/i.test(words))
    return {
      code: 'image.missing',
      hint: 'check its name and tag; a digest has to be one that the registry has',
    };
  if (/unauthorized|access .* denied|forbidden|authentication required/i.test(words))
    return {
      code: 'image.missing',
      hint: 'check its name; if it is a private one, log in as root: skopeo login REGISTRY',
    };
  if (!insecure && /HTTP response to HTTPS client|x509|certificate/i.test(words)) {
    const hint =
      'declare it as an image with source = "docker://…" and insecure = true, if the registry is to be trusted as it is';
    return { code: 'image.pull', hint };
  }
  const where = namespace === undefined ? 'this host reaches' : `the network namespace ${namespace} reaches`;
  return { code: 'image.pull', hint: `see whether ${where} the registry, then run the same command again` };
}
