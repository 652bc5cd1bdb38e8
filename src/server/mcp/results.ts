import type { CallToolResult } from '@modelcontextprotocol/server';

import { outputValue } from '../../app/output-value.js';
import { openClarifications } from '../../domain/run/clarification.js';
import type { PortiaError } from '../../domain/errors.js';
import { portia, spellAdvice } from '../../domain/next-step.js';
import type { Json, JsonObject, JsonSchema } from '../../domain/values/json.js';
import { roughLength } from '../../domain/values/json.js';
import { printable } from '../../domain/values/printable.js';
import { isAwaiting, type Run } from '../../domain/run/run.js';
import { makeLook } from '../../ui/look.js';
import { openQuestionsJson, questionView } from '../../ui/question-view.js';
import { runError } from '../../ui/run-error.js';
import type { Serving } from './serving.js';

/** Characters of a final value that a result carries; of a longer one it says where it is. */
const MOST_OUTPUT = 200_000;

/** The record of a result that is about a run. `output` is the schema of what the run ends with. */
export function runResultSchema(output: JsonSchema = {}): JsonSchema {
  return {
    type: 'object',
    properties: {
      run_id: { type: 'string' },
      plan_id: { type: 'string' },
      state: { type: 'string', description: 'COMPLETE, or why there is no output yet' },
      output,
      questions: { type: 'array', items: { type: 'object' }, description: 'What only a person can answer' },
      next: { type: 'string', description: 'The command that continues the run' },
    },
    required: ['run_id', 'plan_id', 'state'],
  };
}

/** How a run ended or paused, for the model that called and for programs. */
export async function runResult(run: Run, serving: Serving): Promise<CallToolResult> {
  const { redact, look } = speechOf(serving);
  const record: JsonObject = { run_id: run.id, plan_id: run.plan_id, state: run.state };
  if (run.state === 'COMPLETE') {
    const output = await finalValue(run, serving);
    return resultOf({ ...record, output }, typeof output === 'string' ? output : JSON.stringify(output), redact);
  }
  if (run.state !== 'FAILED' && openClarifications(run).length > 0) {
    const { questions = [], next = null } = openQuestionsJson(run, serving.spell);
    const text = `The run ${run.id} waits for a person. Tell the person to answer with these commands:\n\n${questionView(run, look)}`;
    return resultOf({ ...record, questions, next }, text, redact);
  }
  if (run.state === 'READY_TO_RESUME') {
    const next = serving.spell(portia('resume', run.id));
    return resultOf({ ...record, next }, `The run ${run.id} is ready. Call resume to continue it.`, redact);
  }
  const error = runError(run, look, serving.services.trust.isByContent);
  if (isAwaiting(run)) {
    const next = serving.spell(portia('resume', run.id));
    return resultOf({ ...record, next }, `${errorText(error, serving)}\nOr call resume then.`, redact);
  }
  const result = resultOf(record, errorText(error, serving), redact);
  return run.state === 'FAILED' ? { ...result, isError: true } : result;
}

async function finalValue(run: Run, { services }: Serving): Promise<Json> {
  const { final_output: output } = run.outputs;
  if (output === null) return null;
  const value = await outputValue(services.store, run, output);
  if (roughLength(value, MOST_OUTPUT) < MOST_OUTPUT) return value;
  return `The output is too long for a result. Read the resource ${runUri(run.id)}/output.`;
}

export function runUri(id: string): string {
  return `portia://runs/${id}`;
}

export function planUri(id: string): string {
  return `portia://plans/${id}`;
}

/** Any record, as it is for programs and as JSON for the model. */
export function recordResult(record: object, serving: Serving): CallToolResult {
  const { redact } = speechOf(serving);
  const json = redact(record) as JsonObject;
  return { content: [{ type: 'text', text: JSON.stringify(json, null, 2) }], structuredContent: json };
}

/** What went wrong, why, and how to fix it. */
export function errorResult(error: PortiaError, serving: Serving): CallToolResult {
  const { redact } = speechOf(serving);
  return { content: [{ type: 'text', text: redact(errorText(error, serving)) }], isError: true };
}

function errorText({ message, code, details }: PortiaError, { spell }: Serving): string {
  const { why, fix } = details;
  const lines = [`${message} [${code}]`, why, fix === undefined ? undefined : `Fix: ${spellAdvice(fix, spell)}`];
  return printable(lines.filter((line) => line !== undefined).join('\n'));
}

function resultOf(record: JsonObject, text: string, redact: <Value>(value: Value) => Value): CallToolResult {
  return { content: [{ type: 'text', text: redact(text) }], structuredContent: redact(record) };
}

function speechOf({ services, spell }: Serving) {
  const redactor = services.redactor();
  const redact = <Value>(value: Value): Value => redactor.json(value);
  return { redact, look: makeLook({ now: services.now(), spell, columns: 120 }) };
}
