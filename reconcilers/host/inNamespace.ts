import { requireTool } from './tools.ts';

/**
 * What runs a tool in a named network namespace. By `nsenter`: `ip netns exec` makes a mount namespace as well.
 * @throws NovaError `capability.missing`
 */
export function inNamespace(
  [tool, ...rest]: readonly [string, ...string[]],
  namespace: string | undefined,
): [string, ...string[]] {
  const command: [string, ...string[]] = [requireTool(tool), ...rest];
  if (namespace === undefined) return command;
  return [requireTool('nsenter'), `--net=/run/netns/${namespace}`, '--', ...command];
}
