import { PortiaError } from '../domain/errors.js';
import type { Step } from '../domain/plan.js';
import { stepKind, type StepKind } from '../domain/plan-steps.js';
import { runOneShotAgent } from './agents/one-shot-agent.js';
import type { Effects } from './effects.js';
import { failed, type StepContext, type StepOutcome } from './run-context.js';
import { toolMissing } from './step-inputs.js';
import { runComputeStep } from './steps/compute-step.js';
import { runLlmStep } from './steps/llm-step.js';
import { runToolStep } from './steps/tool-step.js';

/** The kinds of step that can be run. */
export const RUNNABLE_KINDS: ReadonlySet<StepKind> = new Set(['agent', 'tool', 'llm', 'compute']);

const LLM_TOOL = 'llm_tool';

/** Failures of the world around: the run waits for a better time instead of failing. */
const WAIT_CODES = new Set(['unavailable', 'rate-limited', 'no-model', 'key-rejected', 'run-locked', 'storage-failed']);

/** Does one step. Throws only what ends the drive: an interruption, a lost lock, a full disk, an unreachable model. */
export async function executeStep(context: StepContext, effects: Effects, step: Step): Promise<StepOutcome> {
  try {
    return await dispatch(context, effects, step);
  } catch (error) {
    if (context.signal.aborted && !context.runSignal.aborted) {
      return failed(context, {
        code: 'timed-out',
        message: 'The step took longer than its timeout_ms.',
        retryable: true,
      });
    }
    if (!(error instanceof PortiaError)) throw error;
    if (WAIT_CODES.has(error.code)) throw error;
    const { code, message } = error;
    return failed(context, { code, message, retryable: error.details.retryable ?? true });
  }
}

async function dispatch(context: StepContext, effects: Effects, step: Step): Promise<StepOutcome> {
  switch (step.kind) {
    case undefined: {
      // The model is the tool: asking it to call itself would cost a second call.
      if (step.tool_id === null || step.tool_id === LLM_TOOL) return runLlmStep(context, effects, step);
      const tool = context.services.tools.get(step.tool_id);
      if (tool === undefined) return toolMissing(context, step.tool_id);
      return runOneShotAgent(context, effects, { step, tool });
    }
    case 'tool':
      return runToolStep(context, effects, step);
    case 'llm':
      return runLlmStep(context, effects, step);
    case 'compute':
      return runComputeStep(context, step);
    default: {
      const message = `Steps of kind ${stepKind(step)} cannot be run by this version.`;
      return failed(context, { code: 'invalid-plan', message, retryable: false });
    }
  }
}
