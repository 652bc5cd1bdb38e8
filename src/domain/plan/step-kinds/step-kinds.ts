import type { Step, StepKindName, StepOf } from '../plan.js';
import { agent } from './agent.js';
import { compute } from './compute.js';
import { exit } from './exit.js';
import { forEach } from './for-each.js';
import { ifKind } from './if.js';
import { llm } from './llm.js';
import { plan } from './plan.js';
import { react } from './react.js';
import type { StepKind } from './step-kind.js';
import { tool } from './tool.js';
import { userInput } from './user-input.js';
import { userVerify } from './user-verify.js';
import { waitFor } from './wait-for.js';
import { wait } from './wait.js';
import { doWhile, whileKind } from './while.js';

/** Every kind of step, by the name that people read. */
export const STEP_KINDS: { [Kind in StepKindName]: StepKind<StepOf<Kind>> } = {
  agent,
  tool,
  llm,
  react,
  compute,
  user_input: userInput,
  user_verify: userVerify,
  wait,
  wait_for: waitFor,
  exit,
  plan,
  if: ifKind,
  for_each: forEach,
  while: whileKind,
  do_while: doWhile,
};

/** What is known of steps of this kind. Use it only for this step. */
export function kindOf(step: Step): StepKind<Step> {
  return STEP_KINDS[stepKind(step)];
}

/** The kind by the name that people read: a step without `kind` is an agent step, as in the Python SDK. */
export function stepKind(step: Step): StepKindName {
  return step.kind ?? 'agent';
}
