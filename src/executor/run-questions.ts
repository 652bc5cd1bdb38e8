import type { Clarification } from '../domain/run/clarification.js';
import type { RunEvent } from '../domain/run/events.js';

/**
 * The questions of a run by the key under which they were asked. They are the record's own objects, so they show when
 * they are answered.
 */
export class RunQuestions {
  readonly #byKey = new Map<string, Clarification[]>();
  /** Those that another tool asked, by the path of their step. */
  readonly #imported = new Map<string, Clarification[]>();

  /** Takes in what the event has raised; `all` are the questions of the run after it, the oldest first. */
  add(event: RunEvent, all: readonly Clarification[]): void {
    if (event.type === 'run.resumed') for (const question of all) this.#keep(question);
    if (event.type === 'clarification.raised') {
      const raised = all.findLast(({ id }) => id === event.clarification.id);
      if (raised !== undefined) this.#keep(raised);
    }
    if (event.type === 'clarification.joined') {
      const joined = all.find(({ id }) => id === event.id);
      if (joined !== undefined) this.#keepUnder(event.key, joined);
    }
  }

  /** Those that were raised under a key, or joined by it, in their order; of one that was asked again only the latest. */
  under(key: string): Clarification[] {
    return this.#byKey.get(key) ?? [];
  }

  /** Answers to questions of a step that another tool asked: no effect of the step has their key. */
  importedAnswers(path: string): Clarification[] {
    return (this.#imported.get(path) ?? []).filter(({ resolved }) => resolved);
  }

  #keep(question: Clarification): void {
    for (const { key } of question.joined ?? []) this.#keepUnder(key, question);
    if (question.key !== undefined) this.#keepUnder(question.key, question);
    else if (question.path !== undefined) addTo(this.#imported, question.path, question);
  }

  #keepUnder(key: string, question: Clarification): void {
    const known = this.#byKey.get(key) ?? [];
    if (known.includes(question)) return;
    const replaced = known.findIndex(({ id }) => id === question.replaces);
    if (replaced === -1) addTo(this.#byKey, key, question);
    else known[replaced] = question;
  }
}

function addTo<Item>(lists: Map<string, Item[]>, key: string, item: Item): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [item]);
  else known.push(item);
}
