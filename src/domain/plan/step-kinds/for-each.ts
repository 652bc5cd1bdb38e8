import { asText, type Json, type JsonSchema } from '../../values/json.js';
import { bareName } from '../../values/names.js';
import { itemsOf } from '../../values/value-types.js';
import type { ForEachStep } from '../plan.js';
import { LOOP } from './loop.js';
import { listSource, type StepKind } from './step-kind.js';

/** A round for each item of a list. */
export const forEach: StepKind<ForEachStep> = {
  ...LOOP,
  keys: ['over', 'as', 'steps', 'output', 'output_schema', 'collect', 'max_parallel'],
  decidesRounds: false,
  itemName: (step) => bareName(step.as),
  itemType: ({ over }, list) => (typeof over === 'string' ? itemsOf(list) : valuesOf(over)),
  setsExhausted: () => false,
  endsRun: () => false,
  takes: ({ over }) => [listSource('over', over)],
  taskText: ({ name, over }) => name ?? `Do the steps for each of ${asText(over)}`,
  valueType: () => ({ type: 'array' }),
};

function valuesOf(list: Json[]): JsonSchema | undefined {
  return list.length === 0 ? undefined : { enum: list };
}
