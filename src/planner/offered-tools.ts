import type { JsonSchema } from '../domain/values/json.js';
import { oneLine } from '../domain/values/printable.js';
import type { ToolEffect } from '../domain/values/tool-effects.js';

/** A tool as the planner sees it. */
export interface ToolDescription {
  id: string;
  description: string;
  /** JSON Schema of the arguments. */
  inputSchema: JsonSchema;
  effect: ToolEffect;
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
 * in short. A star says that a tool acts, a question mark that an argument may be left out. For a local model the length
 * of a prompt is the time that a person waits.
 */
export function describeTools(tools: readonly ToolDescription[], request: string): string {
  const meant = tools.length <= FEW ? tools : rank(tools, request).slice(0, MOST_LONG);
  const others = tools.filter((tool) => !meant.includes(tool));
  return [...meant.map(longLine), ...others.map(shortLine)].join('\n');
}

function longLine(tool: ToolDescription): string {
  const required: unknown = tool.inputSchema['required'];
  const isRequired = (name: string) => Array.isArray(required) && required.includes(name);
  const args = argumentsOf(tool).map((name) => (isRequired(name) ? name : `${name}?`));
  return oneLine(`${nameOf(tool)}(${args.join(', ')}): ${cut(oneLine(tool.description), LONG)}`);
}

function shortLine(tool: ToolDescription): string {
  const name = nameOf(tool);
  const [sentence = ''] = oneLine(tool.description).split(/(?<=[\p{L}\p{N})]{2})[.;:!?。](?= |$|\p{L})/u);
  const text = cut(sentence, SHORT - name.length);
  return text === '' ? name : `${name}: ${text}`;
}

function nameOf({ id, effect }: ToolDescription): string {
  return `${oneLine(id)}${effect === 'read' ? '' : '*'}`;
}

function argumentsOf({ inputSchema }: ToolDescription): string[] {
  return Object.keys(inputSchema['properties'] ?? {});
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
function rank(tools: readonly ToolDescription[], request: string): ToolDescription[] {
  const wanted = wordsOf(request);
  const words = tools.map((tool) => wordsOf([tool.id, tool.description, ...argumentsOf(tool)].join(' ')));
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

/** In so many tools and requests that they say nothing. */
const EMPTY_WORDS = new Set(
  (
    'a all an and are as at be by can do each every for from get give has have how if in into is it its make me my new not of ' +
    'on one or out some that the them then there these this to tool use was what when where which who will with you your'
  ).split(' '),
);

/** The words of a text, so that forms of a word are mostly the same. */
function wordsOf(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(words.filter((word) => !EMPTY_WORDS.has(word)).map(stemOf));
}

function stemOf(word: string): string {
  const stem = word.replace(/(?:ings?|ers?|ed|es|s|e)$/, '');
  return stem.length < 3 ? word : stem;
}

function sum(numbers: number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}
