import type { UserVerifyStep } from '../plan.js';
import { ASKING_KEYS, takenByAsking } from './asking.js';
import { NO_BLOCKS, NO_MODEL, NO_SCHEMA, TOOL_BY_ID, type StepKind } from './step-kind.js';

/** A person must agree. */
export const userVerify: StepKind<UserVerifyStep> = {
  ...NO_BLOCKS,
  ...NO_MODEL,
  ...NO_SCHEMA,
  ...TOOL_BY_ID,
  keys: ['message', 'output', 'on_no', ...ASKING_KEYS],
  canOverlap: false,
  takes: (step) => [{ at: '', templates: { message: step.message } }, ...takenByAsking(step)],
  taskText: ({ message }) => message,
  valueType: () => ({ type: 'boolean' }),
  mayAsk: true,
  asks: () => 'This step asks a person to agree.',
  question: () => ({ argument: 'verify', schema: undefined }),
};
