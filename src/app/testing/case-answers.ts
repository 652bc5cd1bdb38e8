import { selects } from '../../clarifications/answer-selectors.js';
import type { ClarificationHandler } from '../../clarifications/clarification-handler.js';
import { checkAnswer } from '../../clarifications/parse-answer.js';
import { isApproval, type Answer, type Clarification } from '../../domain/run/clarification.js';
import type { IsTool } from '../../domain/testing/judge.js';
import type { Json } from '../../domain/values/json.js';

/** Answers questions as a case says: each of its answers once, and every approval that it gives. */
export class CaseAnswers implements ClarificationHandler {
  readonly #left: Map<string, Json>;
  readonly #approve: readonly string[];
  readonly #isTool: IsTool;
  readonly #approved = new Set<string>();
  /** Answers that do not fit their questions, as sentences. */
  readonly problems: string[] = [];

  constructor(answers: Readonly<Record<string, Json>>, approve: readonly string[], isTool: IsTool) {
    this.#left = new Map(Object.entries(answers));
    this.#approve = approve;
    this.#isTool = isTool;
  }

  async ask(questions: Clarification[]): Promise<Answer[]> {
    return questions.flatMap((question) => {
      const response = this.#approves(question) ? true : this.#take(question);
      return response === undefined ? [] : [{ id: question.id, response, channel: 'flag' as const }];
    });
  }

  /** Answers and approvals that nobody asked for. */
  unused(): string[] {
    return [...this.#left.keys(), ...this.#approve.filter((glob) => !this.#approved.has(glob))];
  }

  #approves(question: Clarification): boolean {
    if (!isApproval(question)) return false;
    const glob = this.#approve.find((each) => this.#isTool(each, question.tool_id));
    if (glob !== undefined) this.#approved.add(glob);
    return glob !== undefined;
  }

  #take(question: Clarification): Json | undefined {
    const selector = [...this.#left.keys()].find((each) => selects(each, question));
    if (selector === undefined) return undefined;
    const checked = checkAnswer(question, this.#left.get(selector) ?? null);
    this.#left.delete(selector);
    if (checked.ok) return checked.value;
    this.problems.push(`The answer to ${selector} ${checked.problem}; allowed: ${checked.allowed}.`);
    return undefined;
  }
}
