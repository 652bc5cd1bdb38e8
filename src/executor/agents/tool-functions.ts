import { cutText } from '../../domain/values/cut-text.js';
import { isJsonObject, type JsonObject } from '../../domain/values/json.js';
import { withoutNulls } from '../../domain/values/left-out.js';
import { unwrapRoot, withObjectRoot } from '../../domain/values/object-root.js';
import type { ModelTool } from '../../models/model.js';
import type { Tool } from '../../tools/tool.js';
import type { Doubts } from '../tool-arguments.js';

/** The longest function name that every endpoint accepts. */
const MAX_FUNCTION_NAME = 64;

/** The tools by the names under which a model calls them: distinct, and none that is `taken`. */
export function nameFunctions(tools: Tool[], taken: readonly string[]): Map<string, Tool> {
  const named = new Map<string, Tool>();
  for (const tool of tools) {
    const plain = tool.id.replaceAll(/[^A-Za-z0-9_-]/g, '_');
    let name = plain.slice(0, MAX_FUNCTION_NAME);
    for (let number = 2; named.has(name) || taken.includes(name); number += 1) {
      const ending = `_${number}`;
      name = `${plain.slice(0, MAX_FUNCTION_NAME - ending.length)}${ending}`;
    }
    named.set(name, tool);
  }
  return named;
}

/** Under which arguments are written that are not simply those of one object. */
const ARGUMENTS = 'arguments';

/** A tool as the function that a model calls. */
export function toFunction(name: string, tool: Tool): ModelTool {
  const { schema } = withObjectRoot(tool.inputSchema(), ARGUMENTS);
  return { name, description: tool.description, parameters: schema };
}

/** The arguments as the tool takes them. Models write null for what they leave out. */
export async function meantArguments(tool: Tool, written: JsonObject): Promise<JsonObject> {
  const args = argumentsInside(tool, written);
  if ((await tool.parseArguments(args)).ok) return args;
  const stripped = withoutNulls(args, tool.inputSchema());
  return isJsonObject(stripped) && (await tool.parseArguments(stripped)).ok ? stripped : args;
}

/** What a model wrote for the arguments, in whatever form the function asks for them. */
export function argumentsInside(tool: Tool, written: JsonObject): JsonObject {
  const inside = unwrapRoot(written, withObjectRoot(tool.inputSchema(), ARGUMENTS));
  return isJsonObject(inside) ? inside : written;
}

/** Characters of an argument that a question shows. */
const MAX_SHOWN = 300;

/** The same doubts, and those about arguments that do not fit. */
export async function withMisfits(tool: Tool, args: JsonObject, doubts: Doubts): Promise<Doubts> {
  const parsed = await tool.parseArguments(args);
  const misfits = parsed.ok ? [] : parsed.problems.filter(({ missing, argument }) => !missing && argument in args);
  const reasons = misfits.map(({ argument, message }): [string, string] => {
    const written = cutText(JSON.stringify(args[argument]), MAX_SHOWN);
    return [argument, `The model wrote ${written}, which does not fit: ${message}.`];
  });
  return new Map([...reasons, ...doubts]);
}
