import type { Clarification } from '../domain/run/clarification.js';
import type { Step } from '../domain/plan/plan.js';
import type { StepContext } from './run-context.js';
import { failed, type StepOutcome } from './outcomes.js';

/** Steps of the Python SDK that only ask: its plans name no tool for them, but its questions say who asked. */
const VERIFIES = 'User verify step';
const ASKS = 'User input step';

/**
 * How the answers to questions that another tool asked in this step decide about it, before it does anything: a no ends
 * the run as everywhere else, and the answer is the output of a step that only asked. Else undefined.
 */
export function outcomeOfImported(context: StepContext, step: Step): StepOutcome | undefined {
  const answers = context.recorder.questions.importedAnswers(context.path);
  const no = answers.find(isNo);
  if (no !== undefined) {
    return failed(context, { code: 'declined', message: `A person said no: ${no.user_guidance}`, retryable: false });
  }
  const last = answers.at(-1);
  if (last === undefined || step.kind !== undefined) return undefined;
  if (last.source === VERIFIES) return { kind: 'completed', value: true };
  return last.source === ASKS && 'response' in last ? { kind: 'completed', value: last.response ?? null } : undefined;
}

function isNo(answer: Clarification): boolean {
  if (answer.category === 'Value Confirmation') return answer.response === false;
  // Other programs write these files, too: only a yes counts as a yes.
  return answer.category === 'User Verification' && answer.response !== true && answer.response !== 'true';
}
