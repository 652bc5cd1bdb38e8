import type { JsonObject } from '../../domain/values/json.js';
import { guards, leaves, type Draft } from '../draft.js';
import type { Leaving, ToolChoice, Value } from '../step-options.js';
import { compact } from '../step-writer.js';
import { asking, type Asking } from './asking.js';

export interface InvokeToolOptions<Output extends string, Name extends string> extends Leaving<Output, Name>, Asking {
  tool: ToolChoice;
  args?: { readonly [argument: string]: Value } | undefined;
}

export function tool(options: InvokeToolOptions<string, string>, draft: Draft): JsonObject {
  return compact({
    kind: 'tool',
    name: options.stepName,
    tool_id: draft.write.tool(options.tool, '/tool_id'),
    args: draft.write.values(options.args ?? {}, '/args'),
    ...leaves(options, draft),
    ...asking(options, draft),
    ...guards(options, draft),
  });
}
