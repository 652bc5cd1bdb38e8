import { VALUE_TOKENS, type EstimateParts } from '../domain/plan/estimate.js';
import { LLM_TOOL } from '../domain/plan/llm-tool.js';
import type { AgentStep, LlmStep, ReactStep, Step, Variable } from '../domain/plan/plan.js';
import { outputSchemaOf, toolsOfStep } from '../domain/plan/plan-steps.js';
import { imagesIn, TOKENS_PER_IMAGE } from '../domain/values/images.js';
import { tokensOfText, type Json, type JsonSchema } from '../domain/values/json.js';
import { PLAIN_MARKS } from '../domain/values/marks.js';
import { bareName } from '../domain/values/names.js';
import type { Tool } from '../tools/tool.js';
import { agentMessages } from './prompts/agent-prompt.js';
import { conditionMessages } from './prompts/condition-prompt.js';
import { llmMessages } from './prompts/llm-prompt.js';
import type { Prompt } from './prompts/prompt.js';
import { reactMessages } from './prompts/react-prompt.js';
import { stepShapePrompt } from './prompts/step-shape-prompt.js';

/** What the prompts of a plan's steps are known to hold before a run. */
interface Known {
  /** Values of plan inputs, by bare name. */
  inputs: ReadonlyMap<string, Json>;
  tools: { get(id: string): Tool | undefined };
}

const TODAY = '2026-01-01';

/** Tokens that the prompts hold, by estimate; a value that only the run knows counts as VALUE_TOKENS. */
export function promptSizes({ inputs, tools }: Known): EstimateParts['sizes'] {
  const valuesOf = (variables: readonly Variable[]) => {
    const known = variables.filter(({ name }) => inputs.has(bareName(name)));
    const seen = known.map(({ name }) => imagesIn(inputs.get(bareName(name)) ?? null));
    const values = known.map(({ name, description }, index) => ({
      name,
      description,
      value: seen[index]?.shown ?? null,
    }));
    const images = seen.flatMap(({ sources }) => sources).length;
    return { values, images, unknown: variables.length - known.length };
  };
  return {
    work(step) {
      if (step.kind === 'tool' && step.tool_id === LLM_TOOL) return tokensOfText(JSON.stringify(step.args));
      if (!isOfModel(step)) return shapeTokens(outputSchemaOf(step));
      const { values, images, unknown } = valuesOf(step.inputs);
      const functions = toolsOfStep(step)
        .filter((id) => id !== LLM_TOOL)
        .flatMap((id) => functionOf(tools.get(id)));
      const text = textOf(promptOf(step, values)) + functions.join('');
      return tokensOfText(text) + TOKENS_PER_IMAGE * images + VALUE_TOKENS * (unknown + templatesIn(step.task));
    },
    sentence(condition) {
      const prompt = conditionMessages({ marks: PLAIN_MARKS, condition, task: '', values: [], today: TODAY });
      return tokensOfText(textOf(prompt)) + VALUE_TOKENS;
    },
    summary: () => VALUE_TOKENS,
  };
}

/** Of a request for the form of a value that only the run knows. */
function shapeTokens(schema: JsonSchema | undefined): number {
  if (schema === undefined) return 0;
  return tokensOfText(stepShapePrompt(null, PLAIN_MARKS) + JSON.stringify(schema)) + VALUE_TOKENS;
}

function isOfModel(step: Step): step is AgentStep | LlmStep | ReactStep {
  return step.kind === undefined || step.kind === 'llm' || step.kind === 'react';
}

function promptOf(step: AgentStep | LlmStep | ReactStep, inputs: Parameters<typeof llmMessages>[0]['inputs']): Prompt {
  const work = { marks: PLAIN_MARKS, task: step.task, inputs, answers: [], today: TODAY, endUserId: '' };
  if (step.kind === 'react') return reactMessages({ ...work, mayAsk: step.may_ask ?? false, finalFunction: 'result' });
  const toolId = step.kind === undefined ? step.tool_id : null;
  if (toolId !== null && toolId !== LLM_TOOL) return agentMessages({ ...work, toolId });
  return llmMessages({ ...work, system: step.kind === 'llm' ? step.system_prompt : undefined });
}

function functionOf(tool: Tool | undefined): string[] {
  return tool === undefined ? [] : [tool.id, tool.description, JSON.stringify(tool.inputSchema())];
}

function textOf({ system, user }: Prompt): string {
  return system + user;
}

/** How many values are filled in. */
function templatesIn(text: string): number {
  return text.split('{{').length - 1;
}
