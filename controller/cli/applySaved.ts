import { NovaError } from '../../schema/errors.ts';
import { refuseStalePlan } from '../plan/checkSaved.ts';
import { readSavedPlan, type SavedPlace } from '../plan/savedPlan.ts';
import { withSecrets } from '../secrets/sealed.ts';
import { type Place, scopeAt } from '../session.ts';
import { defaultFolders } from './args.ts';
import type { Invocation } from './main.ts';
import { showPlan, undertake } from './undertake.ts';

/** Runs exactly the plan that was saved, where it was made for, or refuses. Saving it was the agreement: nobody is asked. */
export async function applySaved(invocation: Invocation, content: string): Promise<number> {
  const { options } = invocation;
  const saved = readSavedPlan(content, options.file);
  const { commit } = saved;
  const place = placeOf(saved.place, options);
  const sealed = saved.sealed === undefined ? {} : { sealed: saved.sealed };
  const manifest = await withSecrets({ ...saved.manifest, ...sealed }, options.file, place.stateDirectory);
  if (options.targets !== undefined || options.deleteVolumes) {
    throw new NovaError('usage', '--target and --delete-volumes are part of a saved plan', {
      hint: 'save another plan with them: `nova plan -o FILE`',
    });
  }
  const { profile, set = [], valueFiles = [] } = options.choices;
  if (profile !== undefined || set.length + valueFiles.length > 0) {
    throw new NovaError('usage', '--profile, --var and --var-file are part of a saved plan', {
      hint: 'save another plan with them: `nova plan -o FILE`',
    });
  }
  return undertake(invocation, {
    manifest,
    texts: undefined,
    verb: 'apply',
    commit: commit ?? undefined,
    planOptions: saved.options,
    place,
    agree: ({ plan, surveyed }) => {
      refuseStalePlan(saved, plan, surveyed);
      showPlan(invocation, plan);
    },
  });
}

/** That of the plan. An option that says another place is a mistake, but the state may be kept elsewhere. */
function placeOf(saved: SavedPlace, options: Place): Place {
  const { data, state } = defaultFolders;
  const place: Place = {
    netns: options.netns ?? saved.netns,
    dataDirectory: options.dataDirectory === data ? saved.dataDirectory : options.dataDirectory,
    stateDirectory: options.stateDirectory === state ? saved.stateDirectory : options.stateDirectory,
  };
  if (scopeAt(place).id === saved.scope) return place;
  const where = saved.netns === undefined ? "the host's own network" : `network namespace ${saved.netns}`;
  throw new NovaError('usage', `the plan is for ${where} with its data in ${saved.dataDirectory}`, {
    hint: 'leave out --netns and --data-dir: the plan knows where it runs',
  });
}
