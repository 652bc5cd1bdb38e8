import type { Problem } from '../errors.js';
import { isAgreed } from '../run/approval-answers.js';
import { isUnknownOutcome, type Clarification } from '../run/clarification.js';
import { isStored, type Output, type Run } from '../run/run.js';
import { escapePointer, type Json, type JsonObject } from '../values/json.js';
import type { Plan } from '../plan/plan.js';
import { stepOutput } from '../plan/plan-steps.js';
import { planForSdk, problem, type ForSdk } from './plan-for-sdk.js';

/** Gives the value of an output, also of a large one. */
export type ReadValue = (output: Output) => Promise<Json>;

/**
 * The run as the `PlanRun` of the Python SDK 0.9 reads it, with large values in it. A run of a plan that the SDK cannot
 * have is refused, and one that would do something twice there.
 */
export async function runForSdk(run: Run, plan: Plan, read: ReadValue): Promise<ForSdk> {
  const ofPlan = planForSdk(plan);
  const problems = [...(ofPlan.ok ? [] : ofPlan.problems), ...runProblems(run)];
  if (problems.length > 0) return { ok: false, problems };
  const { outputs } = run;
  const document = {
    id: run.id,
    plan_id: run.plan_id,
    current_step_index: run.current_step_index,
    state: run.state,
    end_user_id: run.end_user_id,
    outputs: {
      clarifications: outputs.clarifications.map(questionForSdk),
      step_outputs: { ...(await valuesOf(outputs.step_outputs, read)), ...failedOutput(run, plan) },
      final_output: outputs.final_output === null ? failure(run) : await valueOf(outputs.final_output, read),
    },
    plan_run_inputs: await valuesOf(run.plan_run_inputs, read),
  };
  return { ok: true, document };
}

function runProblems(run: Run): Problem[] {
  const places = { plan_run_inputs: run.plan_run_inputs, 'outputs/step_outputs': run.outputs.step_outputs };
  const secrets = Object.entries(places).flatMap(([place, outputs]) =>
    Object.entries(outputs)
      .filter(([, output]) => !isStored(output) && output.secret !== undefined)
      .map(([name]) =>
        problem(`${name} is a secret, which no file has`, `/${place}/${escapePointer(name)}`, 'Start it anew there.'),
      ),
  );
  const unknown = run.outputs.clarifications.flatMap((question, index) =>
    isUnknownOutcome(question) && !question.resolved
      ? [
          problem(
            'asks what happened to a call whose outcome is unknown: the Python SDK would make the call again',
            `/outputs/clarifications/${index}`,
            'Answer it here first.',
          ),
        ]
      : [],
  );
  return [...secrets, ...unknown];
}

async function valuesOf(outputs: Record<string, Output>, read: ReadValue): Promise<JsonObject> {
  const entries = Object.entries(outputs).map(async ([name, output]) => [name, await valueOf(output, read)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function valueOf(output: Output, read: ReadValue): Promise<JsonObject> {
  return { value: await read(output), summary: output.summary };
}

/** It keeps what a step failed with where its output would be. */
function failedOutput(run: Run, plan: Plan): JsonObject {
  const step = plan.steps[run.current_step_index];
  const name = step === undefined ? undefined : stepOutput(step);
  const said = failure(run);
  return name === undefined || said === null ? {} : { [name]: said };
}

function failure({ state, error }: Run): JsonObject | null {
  return state === 'FAILED' && error !== null ? { value: error.message, summary: null } : null;
}

function questionForSdk(question: Clarification): JsonObject {
  const { id, plan_run_id, category, response, step, user_guidance, resolved, source } = question;
  const asked = { id, plan_run_id, category, response, step, user_guidance, resolved, source };
  switch (question.category) {
    case 'Action': {
      const { action_url, require_confirmation } = question;
      return { ...asked, action_url, require_confirmation };
    }
    case 'Input':
      return { ...asked, argument_name: question.argument_name };
    case 'Multiple Choice':
      return { ...asked, argument_name: question.argument_name, options: question.options };
    case 'Value Confirmation': {
      // There the value waits in the response.
      const { argument_name, value = response } = question;
      return { ...asked, response: resolved ? response : value, argument_name };
    }
    case 'User Verification':
      return { ...asked, response: resolved ? isAgreed(question) : null };
    case 'Custom':
      return { ...asked, name: question.name, data: question.data };
  }
}
