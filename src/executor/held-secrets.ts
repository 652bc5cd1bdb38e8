import { selectorName, type Clarification } from '../domain/run/clarification.js';
import type { RunId } from '../domain/values/ids.js';
import type { Json } from '../domain/values/json.js';
import { shownSecret } from '../domain/values/secret-values.js';
import { asksForSecret, recordedAnswer } from '../domain/run/secret-answers.js';

/** A value that is never recorded: only this process has it. */
export interface HeldSecret {
  name: string;
  value: Json;
}

/** The secrets of a run, and of those inside it, by the placeholders that the record has for them. */
export interface RunSecrets {
  hold(handle: string, secret: HeldSecret): void;
  find(handle: string): HeldSecret | undefined;
  /** The run is complete: nothing needs them now. */
  forget(): void;
}

/** The secrets that this process holds. */
export interface Secrets {
  ofRun(id: RunId): RunSecrets;
}

/**
 * An answer as it is recorded: one that is a secret is held under the id of its question instead. A placeholder for a
 * secret comes from a record, and holds nothing.
 */
export function holdAnswer<Answer extends { response: Json }>(
  secrets: RunSecrets,
  question: Clarification,
  answer: Answer,
): Answer {
  if (!asksForSecret(question)) return answer;
  const response = recordedAnswer(question, answer.response);
  if (response !== answer.response) {
    secrets.hold(question.id, { name: selectorName(question), value: answer.response });
  }
  return { ...answer, response };
}

/** `hide` takes a value out of everything that is written, until the function that it gives is called. */
export function createSecrets(hide: (shown: string, value: Json) => () => void): Secrets {
  const runs = new Map<RunId, Map<string, HeldSecret & { show: () => void }>>();
  return {
    ofRun(id) {
      return {
        hold(handle, { name, value }) {
          const held = runs.get(id) ?? new Map<string, HeldSecret & { show: () => void }>();
          runs.set(id, held);
          held.get(handle)?.show();
          held.set(handle, { name, value, show: hide(shownSecret(name), value) });
        },
        find: (handle) => runs.get(id)?.get(handle),
        forget() {
          for (const { show } of runs.get(id)?.values() ?? []) show();
          runs.delete(id);
        },
      };
    },
  };
}
