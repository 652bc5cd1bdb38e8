import type { WhileStep } from '../plan.js';
import { outcomeOf } from './guard-outcome.js';
import { LOOP } from './loop.js';
import type { StepKind } from './step-kind.js';

/** Rounds as long as a condition holds. */
const ROUNDS: Omit<StepKind<WhileStep>, 'endsRun'> = {
  ...LOOP,
  keys: ['steps', 'output', 'output_schema', 'collect', 'max_iterations', 'on_limit'],
  decidesRounds: true,
  itemName: () => undefined,
  itemType: () => undefined,
  setsExhausted: ({ on_limit }) => on_limit === 'stop',
  takes: () => [],
  taskText: ({ name }) => name ?? 'Repeat the steps.',
  valueType: ({ collect }) => (collect === undefined ? undefined : { type: 'array' }),
};

/** It looks before each round, so there may be none. */
export const whileKind: StepKind<WhileStep> = {
  ...ROUNDS,
  endsRun: (step, anyEnds) => outcomeOf(step) === 'always' && anyEnds(step.steps),
};

/** It looks after each round, so there is at least one. */
export const doWhile: StepKind<WhileStep> = {
  ...ROUNDS,
  endsRun: (step, anyEnds) => anyEnds(step.steps),
};
