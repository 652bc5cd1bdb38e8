import { assertNever } from '../domain/errors.js';
import type { Step } from '../domain/plan/plan.js';
import { LLM_TOOL } from '../domain/plan/llm-tool.js';
import { runAgentStep } from './steps/agent-step.js';
import { runReactAgent } from './steps/react-agent.js';
import type { Effects } from './effects.js';
import { outcomeOfImported } from './imported-answers.js';
import type { StepOutcome } from './outcomes.js';
import { toolMissing } from './step-inputs.js';
import { fitOutcome } from './steps/fit-outcome.js';
import { runComputeStep } from './steps/compute-step.js';
import { runExitStep } from './steps/exit-step.js';
import { runForEachStep } from './steps/for-each-step.js';
import { runIfStep } from './steps/if-step.js';
import { runLlmStep } from './steps/llm-step.js';
import { runPlanStep } from './steps/plan-step.js';
import { runToolStep } from './steps/tool-step.js';
import { runUserInputStep } from './steps/user-input-step.js';
import { runUserVerifyStep } from './steps/user-verify-step.js';
import { runWaitForStep } from './steps/wait-for-step.js';
import { runWaitStep } from './steps/wait-step.js';
import { runWhileStep } from './steps/while-step.js';

/**
 * Does one step: those that act on the world have its effects, the others its context. Rejects with the error of
 * whichever part failed.
 */
export async function executeStep(effects: Effects, step: Step): Promise<StepOutcome> {
  const { context } = effects;
  const outcome = outcomeOfImported(context, step) ?? (await executeKind(effects, step));
  return fitOutcome(effects, step, outcome);
}

async function executeKind(effects: Effects, step: Step): Promise<StepOutcome> {
  const { context } = effects;
  switch (step.kind) {
    case undefined: {
      // The model is the tool: asking it to call itself would cost a second call.
      if (step.tool_id === null || step.tool_id === LLM_TOOL) return runLlmStep(effects, step);
      const tool = context.services.tools.get(step.tool_id);
      if (tool === undefined) return toolMissing(context, step.tool_id);
      return runAgentStep(effects, { step, tool });
    }
    case 'tool':
      return runToolStep(effects, step);
    case 'llm':
      return runLlmStep(effects, step);
    case 'react':
      return runReactAgent(effects, step);
    case 'compute':
      return runComputeStep(context, step);
    case 'user_input':
      return runUserInputStep(effects, step);
    case 'user_verify':
      return runUserVerifyStep(effects, step);
    case 'wait':
      return runWaitStep(effects, step);
    case 'wait_for':
      return runWaitForStep(effects, step);
    case 'plan':
      return runPlanStep(effects, step);
    case 'exit':
      return runExitStep(context, step);
    case 'if':
      return runIfStep(context, step);
    case 'for_each':
      return runForEachStep(context, step);
    case 'while':
    case 'do_while':
      return runWhileStep(context, step);
    default:
      return assertNever(step);
  }
}
