import { isDeepStrictEqual } from 'node:util';

import * as z from 'zod';

import { VARIABLE_NAME } from '../domain/environment.js';
import { PortiaError } from '../domain/errors.js';
import { TOOL_EFFECTS } from '../domain/values/tool-effects.js';
import { describeThrown } from '../domain/values/thrown.js';
import { isJsonObject, toJson, type JsonObject, type JsonSchema } from '../domain/values/json.js';
import { jsonSchemaOf, type Override } from '../domain/values/zod-json-schema.js';
import { describeProblems, type ArgumentProblem } from './argument-problems.js';
import { notDone } from './not-done.js';
import { readResult } from './read-result.js';
import type { ParsedArguments, Tool, ToolDefinition } from './tool.js';

const EFFECTS: readonly string[] = TOOL_EFFECTS;
const MAX_ID_LENGTH = 64;
const MAX_DESCRIPTION_LENGTH = 16_384;

/**
 * Makes a tool of its definition. Throws `invalid-settings` when the definition is wrong.
 * The tool checks arguments and results; a wrong result is a failure, because what it did outside has happened.
 */
export function defineTool<Args extends z.ZodObject>(definition: ToolDefinition<Args>): Tool {
  assertDefinition(definition);
  const { id, name, description, effect = 'once', sends, isPublic, timeoutMs, env, allow, concurrent } = definition;
  const { ready, inspect } = definition;
  let schema: JsonSchema | undefined;
  let outputSchema: JsonSchema | undefined;
  const { args: taken, output: results } = definition;
  const parse = (args: JsonObject) => parseArguments(definition, args);
  return {
    id,
    name,
    description,
    effect,
    source: 'module',
    ...(sends === true && { sends }),
    ...(isPublic === true && { isPublic }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(env !== undefined && { env }),
    ...(allow !== undefined && { allow }),
    ...(concurrent === true && { concurrent }),
    inputSchema: () => (schema ??= schemaOf(id, 'arguments', taken)),
    ...(results === undefined ? {} : { outputSchema: () => (outputSchema ??= schemaOf(id, 'results', results)) }),
    parseArguments: (args) => {
      const parsed = parse(args);
      return parsed.ok ? { ok: true, args: recordable(taken, args, parsed.data) } : parsed;
    },
    ...(ready === undefined ? {} : { readiness: (...asked) => ready.call(definition, ...asked) }),
    ...(inspect === undefined
      ? {}
      : {
          inspect: async (args, look) => {
            const parsed = parse(args);
            if (!parsed.ok) return { consent: 'ask', facts: {} };
            return inspect.call(definition, parsed.data, look);
          },
        }),
    run: async (context, args) => {
      const parsed = parse(args);
      if (!parsed.ok) return notDone(describeProblems(parsed.problems), true);
      const returned: unknown = await definition.run(context, parsed.data);
      return readResult(definition, returned);
    },
  };
}

function assertDefinition(definition: ToolDefinition<z.ZodObject>): void {
  const { id, name, description, args, run } = definition;
  const shown = typeof id === 'string' ? `The tool ${JSON.stringify(id.slice(0, MAX_ID_LENGTH))}` : 'A tool';
  const refuse = (why: string, fix: string): never => {
    throw new PortiaError('invalid-settings', `${shown} is defined wrongly: ${why}.`, { fix });
  };
  if (typeof id !== 'string' || id === '' || id.length > MAX_ID_LENGTH || /[\s,\p{C}]/u.test(id)) {
    refuse(
      `its id must be 1 to ${MAX_ID_LENGTH} characters without comma and whitespace`,
      "Give it an id such as 'send_invoice'.",
    );
  }
  if (typeof name !== 'string' || name.trim() === '') refuse('it has no name', "Add name: 'Send invoice'.");
  if (typeof description !== 'string' || description.trim() === '') {
    refuse('it has no description', 'Add a description: the planner chooses tools by it.');
  }
  if (description.length > MAX_DESCRIPTION_LENGTH) {
    refuse(`its description has ${description.length} characters`, `Shorten it to ${MAX_DESCRIPTION_LENGTH}.`);
  }
  const { effect = 'once' } = definition;
  if (!EFFECTS.includes(effect)) {
    refuse(`it has the effect ${JSON.stringify(effect)}`, `Write effect: 'read', 'idempotent' or 'once'.`);
  }
  for (const key of ['sends', 'isPublic', 'concurrent'] as const) {
    const said: unknown = definition[key];
    if (said !== undefined && typeof said !== 'boolean') {
      refuse(`its ${key} is ${JSON.stringify(said)}`, `Write ${key}: true, or leave it out.`);
    }
  }
  if (definition.concurrent === true && effect !== 'read') {
    refuse(
      `it is concurrent, and its effect is ${JSON.stringify(effect)}`,
      "Leave concurrent out: only what reads can be made again when another call disturbs it. Or write effect: 'read'.",
    );
  }
  const { env, allow } = definition;
  if (env !== undefined && !isListOf(env, (item) => typeof item === 'string' && VARIABLE_NAME.test(item))) {
    refuse('its env is not a list of names of variables', "Write env: ['DEPLOY_TOKEN'], and never a value.");
  }
  if (allow !== undefined && !isAllowance(allow)) {
    refuse(
      'its allow is not of the right form',
      "Write allow: { read: ['/data'], write: ['out'], childProcesses: true }.",
    );
  }
  if (!isZodObject(args)) {
    refuse('its args are not an object schema of zod 4', 'Write args: z.object({ … }) with zod 4, {} for none.');
  }
  const { ready } = definition;
  if (ready !== undefined && typeof ready !== 'function') {
    refuse('its ready is not a function', 'Write ready(environment) { … }, or leave it out.');
  }
  if (typeof run !== 'function') refuse('it has no run function', 'Add run(context, args) { … }.');
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

function isAllowance(value: unknown): boolean {
  const names = z.array(z.string().min(1)).optional();
  const allowance = {
    read: names,
    write: names,
    childProcesses: z.boolean().optional(),
    addons: z.boolean().optional(),
  };
  return z.strictObject(allowance).safeParse(value).success;
}

// By shape, because a tool module may bring its own copy of zod.
function isZodObject(schema: unknown): boolean {
  const found = z
    .looseObject({ _zod: z.looseObject({ def: z.looseObject({ type: z.literal('object') }) }) })
    .safeParse(schema);
  return found.success;
}

function schemaOf(id: string, what: 'arguments' | 'results', described: z.ZodType): JsonSchema {
  try {
    return jsonSchemaOf(described, widenCoerced);
  } catch (cause) {
    throw new PortiaError('invalid-settings', `The ${what} of the tool ${id} have no JSON Schema.`, {
      why: cause instanceof Error ? cause.message : String(cause),
      fix: 'Use only zod types that JSON can express.',
      cause,
    });
  }
}

/** What zod turns into a number or a text may be given as another type. */
function widenCoerced({ zodSchema, jsonSchema }: Parameters<Override>[0]): void {
  const { def } = zodSchema._zod;
  if (!('coerce' in def) || !def.coerce) return;
  if (def.type === 'number') jsonSchema.type = ['number', 'string', 'boolean', 'null'];
  else delete jsonSchema.type;
}

type Parsed<Args extends z.ZodObject> = { ok: true; data: z.infer<Args> } | Extract<ParsedArguments, { ok: false }>;

function parseArguments<Args extends z.ZodObject>(definition: ToolDefinition<Args>, args: JsonObject): Parsed<Args> {
  if (!isJsonObject(args)) {
    return { ok: false, problems: [{ argument: '', message: 'the arguments must be an object', missing: false }] };
  }
  const unknown = unknownArguments(definition, args);
  const parsed = safeParse(definition.args, args);
  if (parsed.success && unknown.length === 0) return { ok: true, data: parsed.data };
  const problems = parsed.success ? [] : parsed.issues.map((issue) => toProblem(issue, args));
  return { ok: false, problems: [...problems, ...unknown] };
}

interface Issue {
  path: PropertyKey[];
  message: string;
}

function safeParse<Args extends z.ZodObject>(
  schema: Args,
  args: JsonObject,
): { success: true; data: z.infer<Args> } | { success: false; issues: Issue[] } {
  try {
    const result = schema.safeParse(args);
    return result.success ? { success: true, data: result.data } : { success: false, issues: result.error.issues };
  } catch (error) {
    // A check of the tool's author threw, or is asynchronous.
    return {
      success: false,
      issues: [{ path: [], message: `the check of the arguments broke: ${describeThrown(error)}` }],
    };
  }
}

function toProblem({ path, message }: Issue, args: JsonObject): ArgumentProblem {
  const argument = path[0] === undefined ? '' : String(path[0]);
  if (path.length === 1 && !Object.hasOwn(args, argument)) return { argument, message: 'is missing', missing: true };
  const inside = path
    .slice(1)
    .map((key) => `/${String(key)}`)
    .join('');
  return { argument, message: inside === '' ? message : `${inside} ${message}`, missing: false };
}

/** A misspelt optional argument would otherwise be dropped without a word. */
function unknownArguments({ id, args: schema }: ToolDefinition<z.ZodObject>, args: JsonObject): ArgumentProblem[] {
  if (schema._zod.def.catchall !== undefined) return [];
  const known = Object.keys(schema._zod.def.shape);
  return Object.keys(args)
    .filter((argument) => !known.includes(argument))
    .map((argument) => ({
      argument,
      message: `is not an argument of ${id}, which takes ${known.length === 0 ? 'none' : known.join(', ')}`,
      missing: false,
    }));
}

/** The arguments with defaults filled in, unless the schema transforms them into what it would not take again. */
function recordable(schema: z.ZodObject, given: JsonObject, data: unknown): JsonObject {
  const json = toJson(data);
  if (!json.ok || !isJsonObject(json.value)) return given;
  const again = safeParse(schema, json.value);
  const stable = again.success && toJson(again.data);
  return stable && stable.ok && isDeepStrictEqual(stable.value, json.value) ? json.value : given;
}
