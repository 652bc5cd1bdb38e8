import { adviceLines, portia } from '../../domain/next-step.js';
import {
  combineProblems,
  matchAnswers,
  matchAnswersInAdvance,
  type MatchedAnswers,
} from '../../clarifications/match-answers.js';
import { exactSelector, selects } from '../../clarifications/answer-selectors.js';
import { parseAnswerFlags, parseAnswersDocument, type GivenAnswer } from '../../clarifications/answer-flags.js';
import { bareName, isVariableName } from '../../domain/values/names.js';
import { likelySelectors, stepsAskedBy, type EarlyAnswer, type KeptAnswer } from '../../domain/run/early-answers.js';
import type { Plan } from '../../domain/plan/plan.js';
import { questionOf } from '../../domain/plan/plan-steps.js';
import { isSecretName } from '../../domain/values/secret-names.js';
import type { EarlyAnswers } from '../../executor/services.js';
import { isSecretSchema } from '../../domain/values/secret-values.js';
import { openClarifications, type Answer, type Clarification } from '../../domain/run/clarification.js';
import { PortiaError } from '../../domain/errors.js';
import { shellQuote } from '../../domain/values/shell-quote.js';
import { asText, type Json, type JsonSchema } from '../../domain/values/json.js';
import { isFinal, type Run } from '../../domain/run/run.js';
import { answerChecks } from '../../app/answer-checks.js';
import { createSchemaChecks } from '../../app/inputs/schema-checks.js';
import type { AnswerOptions } from '../session/options.js';
import type { Session } from '../session/session.js';

/** The answers that the command line gave, and which of them are still unused. */
export interface GivenAnswers {
  /** For a run as it stands. Rejects with a PortiaError `answer-refused` for one that does not fit. */
  forRun(run: Run): Promise<Answer[]>;
  /** For questions that were just raised; what does not fit is a warning and leaves the question open. */
  forQuestions(questions: Clarification[]): Promise<Answer[]>;
  unused(): GivenAnswer[];
  early: EarlyAnswers;
  validate(questions: Clarification[]): Promise<(schema: JsonSchema, value: Json) => string[]>;
}

type FileOfAnswers = Pick<AnswerOptions, 'answers'>;

export async function readGivenAnswers(session: Session<FileOfAnswers>, flags: string[]): Promise<GivenAnswers> {
  return createGivenAnswers(await parseGivenAnswers(session, flags), session.warn);
}

/** What the flags say, before it belongs to any run. */
export async function parseGivenAnswers(session: Session<FileOfAnswers>, flags: string[]): Promise<GivenAnswer[]> {
  const { options } = session;
  const given = await parseAnswerFlags(flags, session.readText);
  if (options.answers !== undefined) {
    given.push(...parseAnswersDocument(await session.readText(options.answers), options.answers));
  }
  return given;
}

/** The answers for one run. */
export function createGivenAnswers(given: GivenAnswer[], warn: (message: string) => Promise<void>): GivenAnswers {
  let all = given;
  let unused = given;
  let undecided: ReadonlyMap<GivenAnswer, PortiaError> = new Map();
  let open: Clarification[] = [];
  const checks = createSchemaChecks();
  const validate = async (questions: Clarification[]) => answerChecks(questions, checks);
  const exposed = new Set<string>();
  const use = async (matched: MatchedAnswers) => {
    unused = matched.unused;
    for (const origin of matched.exposed.filter((candidate) => !exposed.has(candidate))) {
      exposed.add(origin);
      await warn(exposedSecret(origin));
    }
    return matched.answers;
  };
  return {
    validate,
    unused: () => unused,
    early: {
      check(plan) {
        const named = new Map(unused.map((answer) => [answer, byOutput(answer, plan)]));
        const rename = (answer: GivenAnswer) => named.get(answer) ?? answer;
        refuseUnaskable(unused, plan, { rename, undecided, open });
        all = all.map(rename);
        unused = unused.map(rename);
      },
      keep(plan, kept, record) {
        unused = [
          ...kept.map(fromRecord),
          ...unused.map((answer) => (isKept(answer, plan) ? recorded(answer, record) : answer)),
        ];
      },
    },
    async forRun(run) {
      const asked = run.outputs.clarifications;
      open = openClarifications(run);
      const questions = { open, all: asked, secrets: secretNames(run) };
      const matching = { validate: await validate(asked), inAdvance: true, isOver: isFinal(run) };
      const matched = matchAnswers(all, questions, matching);
      // No plan asks in a run that is over.
      const decided = isFinal(run) ? matched.undecided.values() : [];
      const problem = combineProblems([...matched.problems, ...decided]);
      if (problem !== undefined) throw refusedBy(run, problem);
      undecided = new Map([...matched.undecided].map(([answer, reason]) => [answer, refusedBy(run, reason)]));
      return use({ ...matched, unused: [...matched.unused, ...matched.undecided.keys()] });
    },
    async forQuestions(questions) {
      if (unused.length === 0) return [];
      const matched = matchAnswersInAdvance(unused, questions, { validate: await validate(questions) });
      for (const problem of matched.problems) await warn(`${problem.message} ${problem.details.why ?? ''}`);
      return use(matched);
    },
  };
}

/** What a person should know who gives a secret as a word of a command. */
export function exposedSecret(origin: string): string {
  const [flag = '', name = ''] = origin.split(' ');
  // When this is typed as shown, the shell must not take the $ away.
  const typed = (value: string) => `${flag} ${shellQuote(`${name}=${value}`)}`;
  return (
    `${origin} is a secret, and on a command line the history of the shell and other programs can read it. ` +
    `Give it from a file (${typed('@FILE')}) or standard input (${typed('@-')}).`
  );
}

/** Names under which the run had secrets: they are not kept, so they may be needed again. */
function secretNames({ plan_run_inputs: inputs, outputs }: Run): Set<string> {
  const all = [...Object.entries(inputs), ...Object.entries(outputs.step_outputs)];
  return new Set(all.flatMap(([name, output]) => ('secret' in output && output.secret ? [bareName(name)] : [])));
}

/** `q1` is `$q1` where a step asks a person for that output, and no open question has this name. */
function byOutput(answer: GivenAnswer, plan: Plan): GivenAnswer {
  if (!isVariableName(answer.selector)) return answer;
  const selector = `$${bareName(answer.selector)}`;
  return stepsAskedBy(selector, plan).some(({ kind }) => kind === 'user_input') ? { ...answer, selector } : answer;
}

/** An answer that the plan never asks for is a mistake: nothing would ever use it. */
function refuseUnaskable(
  unused: GivenAnswer[],
  plan: Plan,
  {
    rename,
    undecided,
    open,
  }: {
    rename(answer: GivenAnswer): GivenAnswer;
    undecided: ReadonlyMap<GivenAnswer, PortiaError>;
    open: Clarification[];
  },
): void {
  const isUnaskable = ({ selector, again }: GivenAnswer) => !again && stepsAskedBy(selector, plan).length === 0;
  const wrong = unused.find((answer) => isUnaskable(rename(answer)));
  if (wrong === undefined) return;
  const reason = undecided.get(wrong);
  if (reason !== undefined) throw reason;
  const ofOpen = open.map((question) => exactSelector(question, open));
  const later = likelySelectors(wrong.selector, plan).filter(
    (selector) => !open.some((question) => selects(selector, question)),
  );
  const selectors = [...ofOpen, ...later];
  throw new PortiaError('answer-refused', `The answer ${wrong.origin} is for a question that the plan does not ask.`, {
    why: 'An answer before its question names the output that it is for, or the path of the step that asks (its numbers count from 0).',
    fix:
      selectors.length === 0
        ? 'Leave this answer out.'
        : `Use one of: ${selectors.slice(0, 10).map(shellQuote).join(', ')}`,
  });
}

/** Whether an answer is written down: not a secret, nor what would agree to a call that is not asked about yet. */
function isKept({ selector, kept, again }: GivenAnswer, plan: Plan): boolean {
  if (kept !== undefined || again === true || isSecretName(selector) || selector.endsWith('.verify')) return false;
  const steps = stepsAskedBy(selector, plan);
  return steps.length > 0 && !steps.some((step) => isSecretSchema(questionOf(step)?.schema));
}

function recorded(answer: GivenAnswer, record: (answer: EarlyAnswer) => number): GivenAnswer {
  const { selector, form, channel } = answer;
  const seq = record({ selector, form, value: answer.form === 'text' ? answer.text : answer.json, channel });
  return { ...answer, kept: { seq } };
}

function fromRecord({ selector, form, value, channel, seq, by }: KeptAnswer): GivenAnswer {
  const common = { selector, origin: `${selector} (given earlier)`, channel, kept: { seq, by } };
  return form === 'text' ? { ...common, form, text: asText(value) } : { ...common, form, json: value };
}

/** The run waits as before: a person can look at its questions, and answer again. */
function refusedBy(run: Run, problem: PortiaError): PortiaError {
  const { code, message, details } = problem;
  const fix = adviceLines([details.fix, portia('show', run.id)]);
  return new PortiaError(code, message, { ...details, fix, ...(isFinal(run) ? {} : { runId: run.id }) });
}
