import { adviceLines } from '../domain/next-step.js';
import {
  isUnknownOutcome,
  isWithdrawn,
  mustBeAskedFirst,
  selectorName,
  type Answer,
  type Clarification,
} from '../domain/run/clarification.js';
import { PortiaError } from '../domain/errors.js';
import { capitalised } from '../domain/values/capitalised.js';
import { canonicalJson } from '../domain/values/json.js';
import { bareName, isVariableName } from '../domain/values/names.js';
import { withoutLineEnd } from '../domain/values/secret-values.js';
import { asksForSecret } from '../domain/run/secret-answers.js';
import { shellQuote } from '../domain/values/shell-quote.js';
import { RESULT } from '../domain/run/unknown-outcome.js';
import type { GivenAnswer } from './answer-flags.js';
import { exactSelector, isPlaceSelector, selects, selectsByPlace } from './answer-selectors.js';
import { checkAnswer, parseAnswerText, type CheckedAnswer, type CheckOptions } from './parse-answer.js';

export interface MatchOptions extends CheckOptions {
  /** Whether an answer to a path or an output that nobody asks about yet may wait for its question. */
  inAdvance?: boolean | undefined;
  /** Whether the run has ended, so that it asks nothing more. */
  isOver?: boolean | undefined;
}

export interface MatchedAnswers {
  /** At most one for each open question, checked and typed. */
  answers: Answer[];
  /** Answers whose questions are not asked yet. */
  unused: GivenAnswer[];
  /**
   * Answers that may be for a later question, which only the plan can tell. Each has the reason why it is refused if it
   * is not.
   */
  undecided: Map<GivenAnswer, PortiaError>;
  /** Secrets that are on the command line, by where they were given. */
  exposed: string[];
  /** What was refused and why: code `answer-refused`. Nothing of these is in `answers`. */
  problems: PortiaError[];
}

/** The questions of a run: those that are open, and all that were ever asked. */
export interface Questions {
  open: Clarification[];
  all: Clarification[];
  /** Names of the run's secrets, which may be needed again. */
  secrets?: ReadonlySet<string> | undefined;
}

/** Finds the open question of every given answer. Never guesses: what fits two questions or none is a problem. */
export function matchAnswers(given: GivenAnswer[], questions: Questions, options: MatchOptions = {}): MatchedAnswers {
  const matched = nothingMatched();
  for (const answer of given) {
    const candidates = questions.open.filter((question) => selects(answer.selector, question));
    const [question] = candidates;
    if (question === undefined) takeUnasked(answer, { questions, matched, options });
    else if (candidates.length > 1) matched.problems.push(ambiguous(answer, candidates, questions.open));
    else if (options.inAdvance === true && isForNextIteration(answer, question, matched)) matched.unused.push(answer);
    else accept(answer, question, { matched, options });
  }
  return matched;
}

/**
 * Answers that were given before their questions, for questions that were just raised. Only a path or an output selects,
 * each answer is used once, the first that fits first, and iteration by iteration in a loop; approvals and unknown outcomes are never answered.
 * What stays unused may fit a later question.
 */
export function matchAnswersInAdvance(
  given: GivenAnswer[],
  raised: Clarification[],
  options: CheckOptions = {},
): MatchedAnswers {
  const open = raised.filter((question) => !mustBeAskedFirst(question));
  const matched = nothingMatched();
  for (const answer of given) {
    const candidates = open.filter((question) => selectsInAdvance(answer, question));
    const free = candidates.filter((question) => !isAnsweredIn(matched, question));
    const [question] = free;
    if (question === undefined) matched.unused.push(answer);
    else if (!areOfOneStep(free)) matched.problems.push(ambiguous(answer, free, open));
    else accept(answer, question, { matched, options });
  }
  return matched;
}

function isAnsweredIn({ answers }: MatchedAnswers, { id }: Clarification): boolean {
  return answers.some((answer) => answer.id === id);
}

/** An output in a loop means the question of each iteration, so a second answer is for the next one. */
function isForNextIteration({ selector }: GivenAnswer, question: Clarification, matched: MatchedAnswers): boolean {
  const isInLoop = question.path?.includes('[') === true;
  return isInLoop && selector.startsWith('$') && isAnsweredIn(matched, question);
}

/** Whether they are one question, asked in several iterations. */
function areOfOneStep([first, ...others]: Clarification[]): boolean {
  const placeOf = (question: Clarification) =>
    `${question.path?.replaceAll(/\[\d+\]/g, '') ?? question.id} ${selectorName(question)}`;
  return others.every((other) => first !== undefined && placeOf(other) === placeOf(first));
}

function nothingMatched(): MatchedAnswers {
  return { answers: [], unused: [], undecided: new Map(), exposed: [], problems: [] };
}

/** A secret that is asked for again is the same one, whatever selects it. */
function selectsInAdvance({ selector, again = false }: GivenAnswer, question: Clarification): boolean {
  if (selectsByPlace(selector, question)) return true;
  return again && asksForSecret(question) && bareName(selector) === selectorName(question);
}

/** All problems as the one error that a command ends with; undefined when there are none. */
export function combineProblems(problems: PortiaError[]): PortiaError | undefined {
  const [first] = problems;
  if (first === undefined || problems.length === 1) return first;
  return new PortiaError('answer-refused', `${problems.length} answers were refused.`, {
    why: problems.map((problem) => `${problem.message} ${problem.details.why ?? ''}`.trim()).join('\n'),
    fix: adviceLines(problems.map((problem) => problem.details.fix)),
  });
}

function accept(
  given: GivenAnswer,
  question: Clarification,
  { matched, options }: { matched: MatchedAnswers; options: CheckOptions },
): void {
  if (matched.answers.some((answer) => answer.id === question.id)) {
    matched.problems.push(
      refused(given, 'answers a question that another answer of this command answers, too.', {
        fix: 'Give one answer for each question.',
      }),
    );
    return;
  }
  const checked = check(given, question, options);
  if (!checked.ok) {
    matched.problems.push(wrongAnswer(given, checked));
    return;
  }
  const kept = given.kept && { given: given.kept.seq, ...(given.kept.by && { by: given.kept.by }) };
  matched.answers.push({ id: question.id, response: checked.value, channel: given.channel, ...kept });
  if (given.inline === true && asksForSecret(question)) matched.exposed.push(given.origin);
}

function check(given: GivenAnswer, question: Clarification, options: CheckOptions): CheckedAnswer {
  return given.form === 'text'
    ? parseAnswerText(question, asksForSecret(question) ? withoutLineEnd(given.text) : given.text, options)
    : checkAnswer(question, given.json, options);
}

function wrongAnswer(given: GivenAnswer, checked: Extract<CheckedAnswer, { ok: false }>): PortiaError {
  return refused(given, 'does not fit its question.', {
    why: `${capitalised(checked.problem)}${checked.isOfOtherType ? `; it must be ${checked.allowed}` : ''}.`,
    fix: `Allowed: ${checked.allowed}`,
  });
}

function ambiguous(given: GivenAnswer, candidates: Clarification[], open: Clarification[]): PortiaError {
  return refused(given, `fits ${candidates.length} open questions.`, {
    why: candidates.map((question) => `${exactSelector(question, open)}: ${question.user_guidance}`).join('\n'),
    fix: `Use one of: ${candidates.map((question) => shellQuote(exactSelector(question, open))).join(', ')}`,
  });
}

function takeUnasked(
  given: GivenAnswer,
  { questions, matched, options }: { questions: Questions; matched: MatchedAnswers; options: MatchOptions },
): void {
  const { inAdvance = false, isOver = false } = options;
  const answered = questions.all.filter((question) => question.resolved && selects(given.selector, question));
  const last = answered.at(-1);
  const result = resultToCome(given, questions.open);
  const isNeededAgain = last === undefined ? questions.secrets?.has(bareName(given.selector)) : asksForSecret(last);
  if (inAdvance && isNeededAgain === true) matched.unused.push({ ...given, ...againFor(given, last) });
  // The same command again, after a crash or from somebody who was not sure: the question has this answer.
  else if (last !== undefined && isRecorded(given, last, options)) return;
  else if (last !== undefined) matched.problems.push(alreadyAnswered(given, last));
  else if (inAdvance && isPlaceSelector(given.selector)) matched.unused.push(given);
  else if (inAdvance && result !== undefined) matched.unused.push({ ...given, selector: result });
  else if (inAdvance && isVariableName(given.selector))
    matched.undecided.set(given, notAsked(given, questions.open, isOver));
  else matched.problems.push(notAsked(given, questions.open, isOver));
}

/**
 * The selector of `result` when the given answer is for it and will be asked for: once the only open question about an
 * outcome is answered with "happened".
 */
function resultToCome({ selector }: GivenAnswer, open: Clarification[]): string | undefined {
  const [outcome, ...others] = open.filter(isUnknownOutcome);
  const isIt = selector === RESULT && outcome?.path !== undefined && others.length === 0;
  return isIt ? `${outcome.path}.${RESULT}` : undefined;
}

function isRecorded(given: GivenAnswer, question: Clarification, options: CheckOptions): boolean {
  if (isWithdrawn(question)) return false;
  const checked = check(given, question, options);
  return checked.ok && canonicalJson(checked.value) === canonicalJson(question.response ?? null);
}

/** However it was selected then, it is asked for by its name. */
function againFor({ selector }: GivenAnswer, last: Clarification | undefined): Pick<GivenAnswer, 'selector' | 'again'> {
  return { selector: last === undefined ? selector : selectorName(last), again: true };
}

function alreadyAnswered(given: GivenAnswer, question: Clarification): PortiaError {
  if (isWithdrawn(question)) {
    return refused(given, 'is for a question that no longer counts.', {
      why: 'It was closed without an answer, because what it asks about has changed. It is asked again.',
      fix: 'Leave this answer out, and answer the new question when it is shown.',
    });
  }
  const secret = asksForSecret(question);
  const answer = secret ? '(hidden)' : JSON.stringify(question.response);
  const when = question.resolved_at === undefined ? '' : `, given at ${question.resolved_at},`;
  return refused(given, 'is for a question that is answered already.', {
    why: `Its answer${when} is ${answer}.`,
    fix: 'Leave this answer out. An answer that was given cannot be changed in the same run; the same one is accepted.',
  });
}

function notAsked(given: GivenAnswer, open: Clarification[], isOver: boolean): PortiaError {
  const later = isOver ? '' : ' If the run has to ask, it asks when it is resumed; then answer.';
  const selectors = open.map((question) => exactSelector(question, open));
  return refused(given, 'is for a question that was not asked.', {
    why:
      open.length === 0
        ? 'No question is open.'
        : `Open: ${open.map((question, index) => `${selectors[index]} (${question.user_guidance})`).join(', ')}`,
    fix: open.length === 0 ? `Leave this answer out.${later}` : `Use one of: ${selectors.map(shellQuote).join(', ')}`,
  });
}

function refused(given: GivenAnswer, what: string, details: { why?: string; fix: string }): PortiaError {
  return new PortiaError('answer-refused', `The answer ${given.origin} ${what}`, details);
}
