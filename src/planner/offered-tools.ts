import { isJsonObject, type Json, type JsonSchema } from '../domain/values/json.js';
import { oneLine } from '../domain/values/printable.js';
import type { RequestCues } from '../domain/values/request-cues.js';
import type { ToolEffect } from '../domain/values/tool-effects.js';
import { jsonTypesOf } from '../domain/values/value-types.js';
import type { PlanForm } from './plan-reply.js';
import { stemsIn } from './words.js';

/** A tool as the planner sees it. */
export interface ToolDescription {
  id: string;
  description: string;
  /** JSON Schema of the arguments. */
  inputSchema: JsonSchema;
  /** JSON Schema of what it gives, where it says so. */
  outputSchema?: JsonSchema | undefined;
  effect: ToolEffect;
  /** How a request shows that it needs the tool. */
  cues?: RequestCues | undefined;
}

/** So few tools are all shown at length. */
const FEW = 4;
/** How many of the tools that a request may mean are shown at length. */
const MOST_LONG = 8;
/** Room for a tool that is shown in short, so that dozens of them cost little; and for one at length. */
const SHORT = 56;
const LONG = 240;

/**
 * The tools, one on a line: at length, with their arguments, when the request may mean them, and those first; all others
 * in short. A star says that a tool acts, a question mark that an argument may be left out. In the full form, where the
 * plan itself gives arguments and takes results apart, their types are told. For a local model the length of a prompt is
 * the time that a person waits.
 */
export function describeTools(tools: readonly ToolDescription[], request: string, form: PlanForm): string {
  const meant = tools.length <= FEW ? tools : toolsMeant(tools, request).slice(0, MOST_LONG);
  const others = tools.filter((tool) => !meant.includes(tool));
  const lines = form === 'simple' ? [...meant.map(longLine), ...others.map(shortLine)] : typedLines(meant, others);
  return lines.join('\n');
}

/** In characters: room for all tools of the full form. */
const ROOM = 5_600;

/** With types as far as there is room: a tool whose arguments are not shown can be called by an agent only. */
function typedLines(meant: readonly ToolDescription[], others: readonly ToolDescription[]): string[] {
  const all = [...meant, ...others];
  const lines = all.map(shortLine);
  let left = lines.reduce((room, line) => room - line.length, ROOM);
  const lengthen = (index: number, line: string) => {
    const more = line.length - (lines[index]?.length ?? 0);
    if (more > left) return;
    left -= more;
    lines[index] = line;
  };
  for (const [index, tool] of meant.entries()) lengthen(index, typedLine(tool));
  for (const [index, tool] of all.entries()) if (index >= meant.length) lengthen(index, signatureLine(tool));
  return lines;
}

function longLine(tool: ToolDescription): string {
  const args = fieldsOf(tool.inputSchema).map(({ name }) => name);
  return oneLine(`${nameOf(tool)}(${args.join(', ')}): ${cut(oneLine(tool.description), LONG)}`);
}

/** Room for the types of arguments, and for what a tool gives. */
const TYPES = 600;

function typedLine(tool: ToolDescription): string {
  const { description, inputSchema, outputSchema } = tool;
  const args = fieldsOf(inputSchema).map(({ name, schema }) => {
    const type = typeOf(schema);
    const said = typeof schema['description'] === 'string' ? ` (${cut(oneLine(schema['description']), SHORT)})` : '';
    return `${name}: ${type}${said}`;
  });
  const gives = outputSchema === undefined ? '' : ` Gives ${cut(typeOf(outputSchema), TYPES)}`;
  return oneLine(`${nameOf(tool)}(${cut(args.join(', '), TYPES)}): ${cut(oneLine(description), LONG)}${gives}`);
}

/** With the types of its arguments alone. */
function signatureLine(tool: ToolDescription): string {
  const args = fieldsOf(tool.inputSchema).map(({ name, schema }) => `${name}: ${typeOf(schema)}`);
  const text = cut(oneLine(tool.description), LONG);
  return oneLine(`${nameOf(tool)}(${cut(args.join(', '), TYPES)}): ${text}`);
}

/** The properties of an object; `?` is behind those that may be left out. */
function fieldsOf({ properties, required }: JsonSchema): { name: string; schema: JsonSchema }[] {
  const isRequired = (name: string) => Array.isArray(required) && required.includes(name);
  return Object.entries(isJsonObject(properties) ? properties : {}).map(([name, schema]) => ({
    name: isRequired(name) ? name : `${name}?`,
    schema: isJsonObject(schema) ? schema : {},
  }));
}

/** More levels of a type are not told. */
const MOST_LEVELS = 3;

/** A JSON Schema in few words: `"low" | "high"`, `string[]`, `{id: string, total: number}`. */
function typeOf(schema: JsonSchema, level = 0): string {
  const { enum: values, const: only, properties, items } = schema;
  if (Array.isArray(values)) return values.map(inWords).join(' | ');
  if (only !== undefined) return inWords(only);
  if (level < MOST_LEVELS && isJsonObject(properties)) {
    const fields = fieldsOf(schema).map((field) => `${field.name}: ${typeOf(field.schema, level + 1)}`);
    return `{${fields.join(', ')}}`;
  }
  if (level < MOST_LEVELS && isJsonObject(items)) return `${typeOf(items, level + 1)}[]`;
  if (schema['type'] === 'integer') return 'integer';
  return [...(jsonTypesOf(schema) ?? [])].join(' | ') || 'any';
}

const inWords = (value: Json): string => JSON.stringify(value);

function shortLine(tool: ToolDescription): string {
  const name = nameOf(tool);
  const [sentence = ''] = oneLine(tool.description).split(/(?<=[\p{L}\p{N})]{2})[.;:!?。](?= |$|\p{L})/u);
  const text = cut(sentence, SHORT - name.length);
  return text === '' ? name : `${name}: ${text}`;
}

function nameOf({ id, effect }: ToolDescription): string {
  return `${oneLine(id)}${effect === 'read' ? '' : '*'}`;
}

/** The words that there is room for. A character outside ASCII takes the room of three: it is mostly a token of its own. */
function cut(text: string, room: number): string {
  let taken = 0;
  let end = 0;
  for (const character of text) {
    taken += character < '\u0080' ? 1 : 3;
    if (taken > room) return shortened(text.slice(0, end));
    end += character.length;
  }
  return text;
}

function shortened(text: string): string {
  const words = text.replace(/\s+\S*$/, '');
  return text === '' ? '' : `${words.length > text.length / 2 ? words : text}…`;
}

/** What naming a tool weighs: more than any number of words. */
const NAMED = 1_000;

/** The tools that share words with the request, those first that share the rarest. */
export function toolsMeant<Tool extends ToolDescription>(tools: readonly Tool[], request: string): Tool[] {
  const wanted = stemsIn(request);
  const words = tools.map(wordsOfTool);
  const weight = (word: string) => {
    const having = words.filter((ofTool) => ofTool.has(word)).length;
    // What many tools have tells nothing about one of them.
    return having > tools.length / 4 ? 0 : 1 / having;
  };
  const scored = tools.map((tool, index) => {
    const shared = [...(words[index] ?? [])].filter((word) => wanted.has(word));
    return { tool, score: (request.includes(tool.id) ? NAMED : 0) + sum(shared.map(weight)) };
  });
  return scored
    .filter(({ score }) => score > 0)
    .toSorted((one, other) => other.score - one.score)
    .map(({ tool }) => tool);
}

/** The words that tell of a tool: those of its id, its description and the names of its arguments. */
export function wordsOfTool({ id, description, inputSchema }: ToolDescription): Set<string> {
  return stemsIn([id, description, ...Object.keys(inputSchema['properties'] ?? {})].join(' '));
}

function sum(numbers: number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}
