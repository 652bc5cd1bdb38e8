import type { ToolStep } from '../../domain/plan/plan.js';
import type { Tool } from '../../tools/tool.js';
import type { Effects } from '../effects.js';
import { fillArguments, type FilledArguments } from '../expressions.js';
import { failed, type StepOutcome } from '../outcomes.js';
import { toolMissing } from '../step-inputs.js';
import { completeArguments, isRepeatable } from '../tool-arguments.js';

/** Calls one tool with the plan's own arguments. No model is involved. */
export async function runToolStep(effects: Effects, step: ToolStep): Promise<StepOutcome> {
  const { context } = effects;
  const tool = context.services.tools.get(step.tool_id);
  if (tool === undefined) return toolMissing(context, step.tool_id);
  const filled = await fillArguments(context, step.args, tool.inputSchema());
  if (!filled.ok) return filled.stop;
  const complete = await completeArguments(effects, { tool, ...filled.value });
  if (!complete.ok) return complete.stop;
  return callOnce(effects, { tool, ...complete.value });
}

async function callOnce(
  effects: Effects,
  { tool, args, ...more }: FilledArguments & { tool: Tool },
): Promise<StepOutcome> {
  const outcome = await effects.callTool(tool, args, more);
  if (outcome.kind === 'stop') return outcome.stop;
  if (outcome.kind === 'output') return { kind: 'completed', value: outcome.value };
  const why = outcome.why ?? (tool.effect === 'once' && !outcome.notDone ? MAY_HAVE_ACTED : undefined);
  return failed(effects.context, {
    code: outcome.unavailable === true ? 'unavailable' : 'tool-failed',
    message: `${tool.id}: ${outcome.message}`,
    ...(why !== undefined && { why }),
    retryable: isRepeatable(tool, outcome),
  });
}

const MAY_HAVE_ACTED = 'It may have acted before it failed: a resume asks whether it did, before it is called again.';
