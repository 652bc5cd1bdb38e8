import { spellAdvice, type SpellCommand } from '../../domain/next-step.js';
import { stepNumber } from '../../domain/plan/step-path.js';
import { openClarifications, type Clarification } from '../../domain/run/clarification.js';
import type { Run } from '../../domain/run/run.js';
import { count } from '../brief-value.js';
import { makeLook } from '../look.js';
import { runError } from '../run-error.js';
import { icon } from './icons.js';
import { markup, type Inlay, type Markup } from './markup.js';
import { command, moment } from './parts.js';
import { iconOf, type StateName } from './state.js';

export interface NextOf {
  run: Run;
  state: StateName;
  /** Whether a process works on it now. */
  isDriven: boolean;
  now: Date;
  spell: SpellCommand;
}

/** What has to be done next, in words: the question, or why the run stopped and what continues it. */
export function nextSection({ run, state, isDriven, now, spell }: NextOf): Markup | false {
  if (run.state === 'COMPLETE' || run.state === 'NOT_STARTED') return false;
  const [question, ...others] = run.state === 'FAILED' ? [] : openClarifications(run);
  if (question !== undefined) return questionNext(run, question, { others: others.length, isDriven, now });
  if (state === 'running') return false;
  const error = runError(run, makeLook({ now }));
  const { why, fix } = error.details;
  const lines = fix === undefined ? [] : spellAdvice(fix, spell).split('\n');
  const advice = lines.map((line) => markup`<p>${line.startsWith('portia ') ? command(line) : line}</p>`);
  return nextBox(state, error.message, { words: [why !== undefined && markup`<p>${why}</p>`, advice] });
}

function questionNext(
  run: Run,
  question: Clarification,
  { others, isDriven, now }: { others: number; isDriven: boolean; now: Date },
): Markup {
  const at = stepNumber(question.path ?? String(question.step ?? 0));
  const since = question.raised_at === undefined ? undefined : markup`, asked ${moment(question.raised_at, now)}`;
  const more =
    others === 0
      ? isDriven
        ? 'A process still works on the run.'
        : 'Nothing else can continue.'
      : `${count(others, 'more question')} of this run ${others === 1 ? 'is' : 'are'} open.`;
  return nextBox('waiting', question.user_guidance, {
    words: markup`<p>Step ${at} waits for an answer${since}. ${more}</p>`,
    action: markup`<a class="btn go" href="/questions/${run.id}/${question.id}">Answer</a>`,
  });
}

function nextBox(state: StateName, heading: string, { words, action }: { words: Inlay; action?: Markup }): Markup {
  const { shape, tone } = iconOf(state);
  return markup`<section class="next n-${state}" aria-label="What is next"><div>${icon(shape, tone)}<h2>${heading}</h2>${words}</div>${action}</section>`;
}
