import { RUN_COMMAND_TOOL } from '../../values/opt-in-tools.js';
import { LLM_TOOL } from '../llm-tool.js';
import type { ToolStep } from '../plan.js';
import { ASKING_KEYS, takenByAsking } from './asking.js';
import { NO_BLOCKS, NO_QUESTION, SHAPED_OUTPUT, TOOL_BY_ID, type NameSource, type StepKind } from './step-kind.js';

/** One call of a tool. */
export const tool: StepKind<ToolStep> = {
  ...NO_BLOCKS,
  ...NO_QUESTION,
  ...SHAPED_OUTPUT,
  ...TOOL_BY_ID,
  keys: ['tool_id', 'args', 'output', 'output_schema', ...ASKING_KEYS],
  canOverlap: true,
  // The tool may ask a question.
  mayAsk: true,
  takes: (step) => [...takenByCall(step), ...takenByAsking(step)],
  taskText: (step) => step.name ?? callText(step),
  valueType: ({ tool_id }, { tools }) => tools?.get(tool_id)?.outputSchema?.(),
};

function takenByCall({ args, tool_id }: ToolStep): NameSource[] {
  // They go to a model.
  if (tool_id === LLM_TOOL) return [{ at: '/args', templates: args }];
  const { command, ...others } = args;
  // Other users of the machine can read the words of a command.
  if (tool_id === RUN_COMMAND_TOOL && command !== undefined) {
    return [
      { at: '/args', templates: others, maySecret: true },
      { at: '/args', templates: { command } },
    ];
  }
  return [{ at: '/args', templates: args, maySecret: true }];
}

/** Beyond this, arguments are named instead of written out: they stand in the step anyway. In characters. */
const MAX_WRITTEN_ARGUMENTS = 500;

function callText(step: ToolStep): string {
  const names = Object.keys(step.args);
  if (names.length === 0) return `Call ${step.tool_id}.`;
  const written = JSON.stringify(step.args);
  return `Call ${step.tool_id} with ${written.length > MAX_WRITTEN_ARGUMENTS ? names.join(', ') : written}.`;
}
