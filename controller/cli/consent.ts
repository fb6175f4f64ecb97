import { NovaError } from '../../schema/errors.ts';
import type { Plan } from '../plan/plan.ts';
import { effectOf } from '../plan/changes.ts';
import type { Options } from './args.ts';
import type { Io } from './io.ts';
import type { Verb } from './runReport.ts';

/**
 * Asks unless `--yes` was given; only `yes` is a yes. Resolves to whether a person was asked.
 * @throws NovaError `plan.declined`
 */
export async function consent(io: Io, options: Options, plan: Plan, verb: Verb): Promise<boolean> {
  if (options.yes) return false;
  const loses = plan.resources.some((resource) => effectOf(resource) === 'data-loss');
  const warning = loses ? ' Data will be lost.' : '';
  const answer = await io.ask(
    `\nDo you want to ${questions[verb]} ${plan.project}?${warning} Only \`yes\` is taken as a yes: `,
  );
  if (answer === undefined) {
    throw new NovaError('plan.declined', 'nobody is there to agree to the plan', {
      hint: 'run it on a terminal, or agree beforehand with --yes',
    });
  }
  if (answer.trim() !== 'yes')
    throw new NovaError('plan.declined', 'the plan was not agreed to; nothing was changed');
  return true;
}

const questions: Readonly<Record<Verb, string>> = {
  apply: 'apply this to',
  destroy: 'destroy this of',
  rollback: 'roll back this of',
  forget: 'forget this of',
};
