import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import { nearestName } from '../../domain/values/nearest-name.js';

/** The action that a word names: a key of `actions`. `usual` is advised where none is spelled nearly so. */
export function requireAction<Name extends string>(
  command: string,
  word: string,
  { actions, usual }: { actions: Readonly<Record<Name, unknown>>; usual: NoInfer<Name> },
): Name {
  if (!isAction(actions, word)) throw unknownAction(command, word, { actions: Object.keys(actions), usual });
  return word;
}

function isAction<Name extends string>(actions: Readonly<Record<Name, unknown>>, word: string): word is Name {
  return Object.hasOwn(actions, word);
}

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

/** Refuses more words after an action than it takes. `parameters`: what it takes, as help says it. */
export function refuseExtraWords(
  command: string,
  action: string,
  { words, parameters }: { words: readonly string[]; parameters: string },
): void {
  const extra = words[parameters.split(' ').filter(Boolean).length];
  if (extra === undefined) return;
  throw new PortiaError('usage', `portia ${command} ${action} takes nothing else.`, {
    why: `${JSON.stringify(extra)} was given.`,
    fix: portia(command, action, ...(parameters === '' ? [] : ['--help'])),
  });
}
