import type { ClarificationHandler } from '../../clarifications/clarification-handler.js';
import { questionPlace } from '../../domain/recording/calls-of-run.js';
import type { Difference } from '../../domain/recording/differences.js';
import type { RecordedCall, RecordedQuestion } from '../../domain/recording/recorded-call.js';
import { isApproval, openClarifications, type Answer, type Clarification } from '../../domain/run/clarification.js';
import { asksForReadiness } from '../../domain/run/readiness-questions.js';
import type { Run } from '../../domain/run/run.js';
import { selectorName } from '../../domain/run/clarification.js';
import { asksNamedPeople } from '../../domain/run/who-may-answer.js';
import type { RecordedPlayback } from './recorded-playback.js';

/** A question with how many of its answers were given. */
interface Asked {
  recorded: RecordedQuestion;
  given: number;
}

/** Answers as they were answered when the run was recorded. */
export class RecordedAnswers implements ClarificationHandler {
  readonly #byPlace = new Map<string, RecordedQuestion[]>();
  readonly #playback: RecordedPlayback;
  readonly #asked = new Map<string, Asked>();
  readonly #used = new Set<RecordedQuestion>();
  readonly #differences: Difference[] = [];

  constructor(calls: readonly RecordedCall[], playback: RecordedPlayback) {
    this.#playback = playback;
    for (const call of calls) {
      if (call.kind !== 'question') continue;
      const at = questionPlace(call.at);
      this.#byPlace.set(at, [...(this.#byPlace.get(at) ?? []), call]);
    }
  }

  async ask(questions: Clarification[]): Promise<Answer[]> {
    return questions.flatMap((question) => this.#next(question));
  }

  /** Must be told every question when it is raised. */
  raised(question: Clarification): void {
    if (!asksForReadiness(question)) this.#find(question);
  }

  /** Answers of people whom nobody asks here, and who gave them in another process. */
  givenElsewhere(run: Run): Answer[] {
    const open = openClarifications(run).filter(asksNamedPeople);
    return open.flatMap((question) => this.#next(question)).slice(0, 1);
  }

  /** When the open questions are closed that nobody answered in time; undefined when there are none. */
  nextExpiry(run: Run): string | undefined {
    const open = openClarifications(run).filter((question) => this.#find(question)?.recorded.expired === true);
    return open.flatMap(({ expires_at: until }) => until ?? []).toSorted()[0];
  }

  differences(isWhole: boolean): Difference[] {
    if (!isWhole) return this.#differences;
    const gone = [...this.#byPlace.values()]
      .flat()
      .filter((recorded) => recorded.answers.length > 0 && !this.#used.has(recorded))
      .filter(({ question }) => !asksForReadiness(question));
    return [...this.#differences, ...gone.map((before): Difference => ({ kind: 'question gone', before }))];
  }

  #find(question: Clarification): Asked | undefined {
    const known = this.#asked.get(question.id);
    if (known !== undefined) return known;
    const at = this.#playback.placeOfQuestion(question.id);
    const recorded = (this.#byPlace.get(questionPlace(at)) ?? []).find(
      (each) => !this.#used.has(each) && isLike(each.question, question),
    );
    if (recorded === undefined) {
      this.#note({ kind: 'question new', at, guidance: question.user_guidance });
      return undefined;
    }
    this.#used.add(recorded);
    const asked = { recorded, given: 0 };
    this.#asked.set(question.id, asked);
    return asked;
  }

  #next(question: Clarification): Answer[] {
    const asked = this.#find(question);
    const answer = asked?.recorded.answers[asked.given];
    if (asked === undefined || answer === undefined) return [];
    asked.given += 1;
    return [{ id: question.id, ...answer }];
  }

  #note(difference: Extract<Difference, { kind: 'question new' }>): void {
    if (this.#differences.some((known) => known.kind === difference.kind && known.at === difference.at)) return;
    this.#differences.push(difference);
  }
}

/** Words may change from version to version. */
function isLike(one: Clarification, other: Clarification): boolean {
  if (one.category !== other.category || selectorName(one) !== selectorName(other)) return false;
  return !isApproval(one) || !isApproval(other) || one.tool_id === other.tool_id;
}
