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

/** For a word after an action that takes no more of them. `parameters`: what it takes, as help says it. */
export function extraWord(
  command: string,
  action: string,
  { word, parameters }: { word: string; parameters: string },
): PortiaError {
  return new PortiaError('usage', `portia ${command} ${action} takes nothing else.`, {
    why: `${JSON.stringify(word)} was given.`,
    fix: portia(command, action, ...(parameters === '' ? [] : ['--help'])),
  });
}
