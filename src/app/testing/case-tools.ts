import type { ToolLine } from '../../domain/testing/test-file-schema.js';
import { LLM_TOOL } from '../../domain/plan/llm-tool.js';
import { builtinTools } from '../../tools/builtin/builtin-tools.js';
import type { Tool } from '../../tools/tool.js';
import { promised } from '../replay/stand-ins.js';

/** What really works in a case: it reaches nothing but the folder of the case, and the models of the case. */
export const REAL_TOOLS: ReadonlySet<string> = new Set([
  LLM_TOOL,
  'calculator_tool',
  'copy_file_tool',
  'delete_file_tool',
  'file_reader_tool',
  'file_writer_tool',
  'find_in_files_tool',
  'list_files_tool',
  'move_file_tool',
  'pdf_reader_tool',
]);

/**
 * The tools of a case. Those of the project are not loaded: one that portia does not bring takes any arguments, and acts
 * once, unless its line says otherwise.
 */
export function caseTools(named: readonly string[], lines: Readonly<Record<string, ToolLine | 'real'>>): Tool[] {
  const builtin = new Map(builtinTools().map((tool) => [tool.id, tool]));
  const ids = new Set([...builtin.keys(), ...named, ...Object.keys(lines)]);
  return [...ids].map((id) => {
    const tool = builtin.get(id);
    const line = lines[id];
    if (tool === undefined) return unknownTool(id, line === 'real' ? undefined : line?.effect);
    return REAL_TOOLS.has(id) ? tool : { ...promised(tool), run: async () => notReal(id) };
  });
}

function unknownTool(id: string, effect: ToolLine['effect'] = 'once'): Tool {
  return {
    ...{ id, name: id, description: `Stands in for ${id}.`, source: 'stub', effect },
    inputSchema: () => ({ type: 'object', properties: {} }),
    parseArguments: (args) => ({ ok: true, args }),
    run: async () => notReal(id),
  };
}

/** Its calls are answered before they are made. */
async function notReal(id: string): Promise<never> {
  throw new Error(`${id} was called by a test`);
}
