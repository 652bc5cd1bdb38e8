import type { ToolEffect } from '../domain/values/tool-effects.js';
import { isJsonObject, type Json, type JsonSchema } from '../domain/values/json.js';
import { describeSchema } from '../domain/values/schema-words.js';
import type { Readiness, Tool } from '../tools/tool.js';
import { count } from './brief-value.js';
import type { Look } from './look.js';
import { oneLine, printable } from '../domain/values/printable.js';
import type { Line } from './step-layout.js';
import { layoutTable } from './table.js';
import { wrapTo } from './text-width.js';

export type ListedTool = Pick<Tool, 'id' | 'description' | 'effect' | 'source'> & { readiness: Readiness };

/** Tools with what they may do; for each that is off, why and how to switch it on. Ends with a newline. */
export function toolListView(tools: ListedTool[], look: Look): string {
  const { colour, symbols } = look;
  if (tools.length === 0) return 'No tools.\n';
  const off = tools.filter((tool) => !tool.readiness.ready);
  const rows = tools.map((tool): Line[] => [
    tool.readiness.ready
      ? { text: symbols.completed, paint: colour.green }
      : { text: symbols.failed, paint: colour.red },
    { text: oneLine(tool.id), paint: colour.cyan },
    { text: tool.effect },
    { text: tool.source },
    { text: oneLine(tool.description) },
  ]);
  const notes = off.flatMap((tool) => (tool.readiness.ready ? [] : ['', ...offLines(tool.id, tool.readiness, look)]));
  const summary = `${count(tools.length - off.length, 'tool')} on, ${off.length} off`;
  const table = layoutTable({ headers: ['', 'TOOL', 'EFFECT', 'FROM', 'WHAT IT DOES'], rows }, look);
  return `${[...table, ...notes, '', colour.dim(summary)].join('\n')}\n`;
}

function offLines(id: string, readiness: Extract<Readiness, { ready: false }>, look: Look): string[] {
  return [
    ...wrapTo(`${oneLine(id)} is off: ${oneLine(readiness.why)}`, look.columns),
    ...printable(readiness.fix)
      .split('\n')
      .map((line) => `  Fix  ${line}`),
  ];
}

/** One tool with its arguments. Ends with a newline. */
export function toolView(
  tool: Pick<Tool, 'id' | 'name' | 'description' | 'effect' | 'source' | 'sends' | 'inputSchema'>,
  readiness: Readiness,
  look: Look,
): string {
  const { colour } = look;
  const rows = argumentRows(tool.inputSchema());
  const lines = [
    `${colour.bold(oneLine(tool.id))}${tool.name === tool.id ? '' : `  ${oneLine(tool.name)}`}`,
    '',
    ...wrapTo(printable(tool.description), look.columns),
    '',
    ...wrapTo(EFFECTS[tool.effect], look.columns - 8).map((line, index) =>
      index === 0 ? `Effect  ${line}` : `        ${line}`,
    ),
    ...(tool.sends === true ? ['Sends   its arguments leave the machine'] : []),
    `From    ${tool.source}`,
    ...(readiness.ready ? [] : offLines(tool.id, readiness, look)),
    '',
    ...(rows.length === 0
      ? ['Takes no arguments.']
      : layoutTable({ headers: ['ARGUMENT', 'TAKES', '', 'MEANING'], rows, wraps: true }, look)),
  ];
  return `${lines.join('\n')}\n`;
}

const EFFECTS: Record<ToolEffect, string> = {
  read: 'read: only looks; called again freely',
  idempotent: 'idempotent: changes things, and may be called again with the same arguments',
  once: 'once: at most one call, and a person is asked before it',
};

function argumentRows(schema: JsonSchema): Line[][] {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  return Object.entries(properties).map(([name, value]): Line[] => {
    const property = isJsonObject(value) ? value : {};
    return [
      { text: oneLine(name) },
      { text: oneLine(describeSchema(property)) },
      { text: necessity(required.has(name), property['default']) },
      { text: typeof property['description'] === 'string' ? oneLine(property['description']) : '' },
    ];
  });
}

function necessity(required: boolean, standard: Json | undefined): string {
  if (standard !== undefined) return `default ${oneLine(JSON.stringify(standard))}`;
  return required ? 'required' : 'optional';
}
