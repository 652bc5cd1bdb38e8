import { bareName } from '../../values/names.js';
import type { UserInputStep } from '../plan.js';
import { ASKING_KEYS, takenByAsking } from './asking.js';
import { listSource, NO_BLOCKS, SHAPED_OUTPUT, TOOL_BY_ID, type StepKind } from './step-kind.js';

/** A person is asked for a value. */
export const userInput: StepKind<UserInputStep> = {
  ...NO_BLOCKS,
  ...SHAPED_OUTPUT,
  ...TOOL_BY_ID,
  keys: ['message', 'options', 'schema', 'output', 'output_schema', ...ASKING_KEYS],
  canOverlap: false,
  takes: ({ message, options, ...step }) => [
    ...(options === undefined ? [] : [listSource('options', options)]),
    { at: '', templates: { message } },
    ...takenByAsking(step),
  ],
  taskText: ({ message }) => message,
  valueType: ({ options, schema }) => {
    if (options !== undefined) return Array.isArray(options) ? { enum: options } : undefined;
    return schema;
  },
  mayAsk: true,
  asks: () => 'This step asks a person for a value.',
  question: ({ output, schema }) => ({ argument: bareName(output), schema }),
};
