import { isJsonObject, type Json } from '../../domain/values/json.js';
import { TOOL_EFFECTS } from '../../domain/values/tool-effects.js';
import type { ToolDeclaration } from './protocol.js';

/**
 * What a module declares, or what was kept of it. Throws for anything else: a module can make tools by hand, and write
 * to the channel of its host.
 */
export function readDeclarations(value: Json | undefined): ToolDeclaration[] {
  if (!Array.isArray(value)) throw new Error('what it declares is not a list of tools');
  return value.map((declaration): ToolDeclaration => {
    if (isDeclaration(declaration)) return declaration;
    const { id } = isJsonObject(declaration) ? declaration : {};
    throw new Error(`${JSON.stringify(id ?? null)} is not declared as a tool: ${wrongPart(declaration)} is wrong`);
  });
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isFlag: Check = (value) => typeof value === 'boolean';
const isNumber: Check = (value) => typeof value === 'number';
export const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
const orNone =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const EFFECTS: readonly unknown[] = TOOL_EFFECTS;

const ALLOWANCE: Record<keyof Required<NonNullable<ToolDeclaration['allow']>>, Check> = {
  read: orNone(isTexts),
  write: orNone(isTexts),
  childProcesses: orNone(isFlag),
  addons: orNone(isFlag),
};

const PARTS: Record<keyof Required<ToolDeclaration>, Check> = {
  id: isText,
  name: isText,
  description: isText,
  effect: (value) => EFFECTS.includes(value),
  sends: orNone(isFlag),
  isPublic: orNone(isFlag),
  timeoutMs: orNone(isNumber),
  inputSchema: isSchema,
  outputSchema: orNone(isSchema),
  hasReadiness: isFlag,
  hasInspect: isFlag,
  env: orNone(isTexts),
  allow: orNone(isAllowance),
  concurrent: orNone(isFlag),
};

export function isAllowance(value: unknown): value is NonNullable<ToolDeclaration['allow']> {
  return fits(value, ALLOWANCE);
}

function isDeclaration(value: unknown): value is ToolDeclaration {
  return fits(value, PARTS);
}

function fits(value: unknown, parts: Record<string, Check>): boolean {
  return isJsonObject(value) && Object.entries(parts).every(([key, check]) => check(value[key]));
}

function wrongPart(value: unknown): string {
  const parts = isJsonObject(value) ? value : {};
  return Object.entries(PARTS).find(([key, check]) => !check(parts[key]))?.[0] ?? 'its shape';
}

/** A schema, or why there is none. */
function isSchema(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  if (value['ok'] === true) return isJsonObject(value['schema']);
  return value['ok'] === false && isJsonObject(value['error']) && isText(value['error']['text']);
}
