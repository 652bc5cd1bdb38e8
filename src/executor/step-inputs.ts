import { adviceText, portia } from '../domain/next-step.js';
import type { Json, JsonObject } from '../domain/values/json.js';
import { bareName } from '../domain/values/names.js';
import type { Variable } from '../domain/plan/plan.js';
import { imagesIn } from '../domain/values/images.js';
import { warnOnce } from './expressions.js';
import { privateValues } from './private-values.js';
import { imagesSeen } from './seen-images.js';
import type { StepContext } from './run-context.js';
import { failed, type Got, type StepStop } from './outcomes.js';
import type { StepInput } from './prompts/value-block.js';
import type { SourcedInput } from './value-sources.js';

/** The values of a step's inputs. One that a skipped step should have left skips this step too. */
export async function readInputs(context: StepContext, inputs: Variable[]): Promise<Got<SourcedInput[]>> {
  const read: SourcedInput[] = [];
  for (const { name, description } of inputs) {
    const value = await context.scope.value(name);
    if (value === undefined) {
      const reason = context.scope.whyMissing(name) ?? `${name} has no value`;
      return { ok: false, stop: { kind: 'skipped', reason } };
    }
    const isPrivate = privateValues(context).has(bareName(name));
    const images = await imagesSeen(value, { loader: context.services.images, isPrivate });
    if (images.length === 0 && imagesIn(value).sources.some(({ kind }) => kind === 'address'))
      warnOfAddress(context, name);
    read.push({ name, description, value, images, sources: context.scope.sources(name) });
  }
  return { ok: true, value: read };
}

function warnOfAddress(context: StepContext, name: string): void {
  const why = 'its address may hold your own data. image_understanding_tool looks at it';
  warnOnce(context, `The image in ${name} is not shown to the model: ${why}.`);
}

/**
 * An agent's arguments with `{{$input}}` replaced by that input, whole and with its type. Only an argument that is
 * exactly that is replaced: whatever else a model writes is data and is never scanned.
 */
export function passInputs(args: JsonObject, inputs: StepInput[]): JsonObject {
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, passInput(value, inputs)]));
}

/** The same for one value of the arguments. */
export function passInput(value: Json, inputs: StepInput[]): Json {
  if (typeof value === 'string') {
    const name = /^\{\{\s*\$?([^\s{}]+)\s*\}\}$/.exec(value)?.[1];
    const input =
      name === undefined ? undefined : inputs.find((candidate) => bareName(candidate.name) === bareName(name));
    return input === undefined ? value : input.value;
  }
  if (Array.isArray(value)) return value.map((item) => passInput(item, inputs));
  return typeof value === 'object' && value !== null ? passInputs(value, inputs) : value;
}

/** The failure of a step whose tool is not here. */
export function toolMissing(context: StepContext, toolId: string): StepStop {
  return failed(context, {
    code: 'tool-failed',
    message: `There is no tool ${toolId}.`,
    fix: adviceText(portia('tools', 'list')),
    retryable: true,
  });
}
