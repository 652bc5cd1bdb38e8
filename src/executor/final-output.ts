import { PortiaError, runErrorOf, type RunError } from '../domain/errors.js';
import { stepNumber } from '../domain/plan/step-path.js';
import { cutText } from '../domain/values/cut-text.js';
import { imagesIn } from '../domain/values/images.js';
import { fitValue } from '../domain/values/fit-value.js';
import { asText, type Json } from '../domain/values/json.js';
import type { Marks } from '../domain/values/marks.js';
import { describeValue } from '../domain/values/value-parts.js';
import { isStored, type LocalValue, type Output } from '../domain/run/run.js';
import { BudgetReached } from './budget.js';
import { Effects } from './effects.js';
import type { ModelCall } from './model-question.js';
import { cutLong } from './long-texts.js';
import { resultShapePrompt } from './prompts/result-shape-prompt.js';
import { summaryPrompt } from './prompts/summary-prompt.js';
import type { StepInput } from './prompts/value-block.js';
import { askAbout } from './reading.js';
import { schemaShape } from './reply-shape.js';
import type { RunContext, StepContext } from './run-context.js';
import { createScope } from './scope.js';
import { endsDrive, isAboutLog } from './step-failures.js';

/** The result of a whole run, or why it fails after its last step. */
export type FinalOutput = { ok: true; output: Output | null } | { ok: false; error: RunError };

/** Path under which the model calls for the final output are recorded: no step has it. */
const PATH = 'final';

/** Characters that a summary is made from, of each value. */
const MOST_OF_VALUE = 2_000;

/** Bytes of large values that are held for it. */
const MOST_BYTES_HELD = 8_000_000;

/**
 * The last executed step's value. A model is asked only when the plan wants a shape that the value does not have, or
 * the user wants a summary.
 */
export async function makeFinalOutput(context: RunContext, last: Output | undefined): Promise<FinalOutput> {
  let output = last ?? null;
  const { output_schema: schema } = context.plan;
  const isSummaryWanted = context.services.settings.summarize || context.plan.summarize === true;
  if (schema === undefined && !isSummaryWanted) return { ok: true, output };
  const effects = new Effects(contextForFinal(context));
  try {
    if (schema !== undefined) {
      const value = output === null ? null : await context.recorder.fromOutput(output);
      const shaped = await giveShape(effects, value);
      if (shaped !== value) output = await context.recorder.toOutput(PATH, 'final_output', shaped);
    }
  } catch (error) {
    if (!(error instanceof PortiaError) || endsDrive(error)) throw error;
    return { ok: false, error: runErrorOf(error, { step: null, retryable: true }) };
  }
  return { ok: true, output: isSummaryWanted ? await trySummary(effects, output) : output };
}

/** A summary that cannot be made, for whatever reason, never withholds the result: a warning says so. */
async function trySummary(effects: Effects, output: Output | null): Promise<Output | null> {
  try {
    return await addSummary(effects, output);
  } catch (error) {
    const isLost = error instanceof BudgetReached || (error instanceof PortiaError && !isAboutLog(error));
    if (!isLost) throw error;
    const message = `The summary was not made. ${error.message}`;
    effects.context.recorder.append({ type: 'warning', path: PATH, message });
    return output;
  }
}

function contextForFinal(context: RunContext): StepContext {
  return {
    ...context,
    index: Math.max(0, context.plan.steps.length - 1),
    path: PATH,
    step: undefined,
    attempt: 1,
    timeoutMs: undefined,
    output: undefined,
    scope: createScope(context.recorder),
    runBlock: async () => ({ kind: 'finished', output: undefined }),
  };
}

async function giveShape(effects: Effects, value: Json): Promise<Json> {
  const { plan, services } = effects.context;
  if (plan.output_schema === undefined) return value;
  const shape = await schemaShape(services, 'final_output', plan.output_schema);
  const fitted = fitValue(value, plan.output_schema);
  if (shape.validate(fitted).length === 0) return fitted;
  const { query } = plan.plan_context;
  const request = asking((marks) => resultShapePrompt({ query, value }, marks));
  const about = () => ({ task: query, inputs: imagesIn(value).shown });
  const reply = await effects.callModel({ role: 'summarizer', request, about, shape });
  return reply.value ?? null;
}

async function addSummary(effects: Effects, output: Output | null): Promise<Output | null> {
  const { context } = effects;
  const { query } = context.plan.plan_context;
  const reply = await askAbout(effects, {
    role: 'summarizer',
    values: await valuesLeft(context),
    longest: MOST_OF_VALUE,
    about: () => ({ task: query }),
    write: (marks, { values, ...shown }) => [
      { role: 'user', text: summaryPrompt({ query, steps: values.map(summaryLine), ...shown }, marks) },
    ],
  });
  const summary = cutLong(reply.text);
  if (output === null) return { value: null, summary } satisfies LocalValue;
  return { ...output, summary };
}

/** What the steps left. Of large values as many are whole as may be held at a time, the newest; of others the beginnings. */
async function valuesLeft({ recorder }: StepContext): Promise<StepInput[]> {
  const values: StepInput[] = [];
  const names = new Set<string>();
  let bytes = MOST_BYTES_HELD;
  for (const { path, output_name: name = '', output } of recorder.run.steps.toReversed()) {
    if (output === undefined) continue;
    if (isStored(output)) bytes -= output.bytes ?? Infinity;
    const isLeftOut = isStored(output) && bytes < 0;
    const value = isLeftOut ? output.summary : imagesIn(await recorder.fromOutput(output)).shown;
    values.push({ name: names.has(name) ? `${name} of step ${stepNumber(path)}` : name, description: '', value });
    names.add(name);
  }
  return values.toReversed();
}

function summaryLine({ name, value, isDescribed }: StepInput): string {
  return `${name}: ${isDescribed === true ? describeValue(value) : cutText(asText(value), MOST_OF_VALUE)}`;
}

function asking(write: (marks: Marks) => string): ModelCall['request'] {
  return (marks) => ({ messages: [{ role: 'user', text: write(marks) }] });
}
