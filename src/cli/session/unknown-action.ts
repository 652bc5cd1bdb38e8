import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import { nearestName } from '../../domain/values/nearest-name.js';

/** For a first word that is not an action of the command. `usual` is advised where no action is spelled nearly so. */
export function unknownAction(
  command: string,
  word: string,
  { actions, usual }: { actions: readonly string[]; usual: string },
): PortiaError {
  return new PortiaError('usage', `${JSON.stringify(word)} is not an action of portia ${command}.`, {
    why: `The actions are ${actions.join(', ')}.`,
    fix: portia(command, nearestName(word, actions) ?? usual),
  });
}
