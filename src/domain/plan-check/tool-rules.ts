import { type Advice, adviceLines, portia, portiaTyped } from '../next-step.js';
import { ExpressionError } from '../expressions/expression-error.js';
import { escapePointer, isJsonObject, type Json, type JsonSchema } from '../values/json.js';
import { nearestName, nearestToolId } from '../values/nearest-name.js';
import { toolsOfStep } from '../plan/plan-steps.js';
import type { Step, ToolStep } from '../plan/plan.js';
import { parseTemplate, wholeExpression } from '../expressions/template.js';
import type { PlanScope } from './plan-scope.js';
import type { ProblemList } from './problem-list.js';
import { typeOfResult } from './reference-rules.js';
import type { KnownTool, KnownToolsAndPlans } from './known-tools-and-plans.js';
import { clashOf, misfitOf, partsOf, jsonTypesOf } from '../values/value-types.js';

/** Tools: they exist, and take the arguments that they are given. */
export class ToolRules {
  readonly #problems: ProblemList;
  readonly #tools: ReadonlyMap<string, KnownTool>;
  /** The id that an unknown one was probably meant to be; looking for it takes time. */
  readonly #nearest = new Map<string, string | undefined>();

  readonly #off: KnownToolsAndPlans['toolsOff'];
  readonly #hasOthers: boolean;

  constructor(
    problems: ProblemList,
    tools: ReadonlyMap<string, KnownTool>,
    { toolsOff, hasOtherTools = false }: Pick<KnownToolsAndPlans, 'toolsOff' | 'hasOtherTools'>,
  ) {
    this.#problems = problems;
    this.#tools = tools;
    this.#off = toolsOff;
    this.#hasOthers = hasOtherTools;
  }

  checkTools(step: Step, pointer: string): void {
    for (const [index, id] of toolsOfStep(step).entries()) {
      if (this.#tools.has(id)) continue;
      const place = step.kind === 'react' ? `${pointer}/tools/${index}` : `${pointer}/tool_id`;
      if (this.#hasOthers) {
        this.#problems.warn('not-checked', {
          message: `${id} is not checked: it may be a tool of this project's own, which is not trusted.`,
          pointer: place,
          fix: portia('trust'),
        });
        continue;
      }
      const off = this.#off?.get(id);
      if (off !== undefined) {
        this.#problems.error('tool-off', { message: `${id} is off: ${off.why}`, pointer: place, fix: off.fix });
        continue;
      }
      const nearest = this.#nearestTo(id);
      const server = nearest === undefined ? this.#unknownServerOf(id) : undefined;
      if (server !== undefined) {
        this.#problems.error('unknown-tool', {
          message: `There is no tool ${id}, nor any other of an MCP server ${server}.`,
          pointer: place,
          fix: adviceLines([portia('mcp', 'list'), portiaTyped('mcp', `add ${server} -- COMMAND`)]),
        });
        continue;
      }
      this.#problems.error('unknown-tool', {
        message: `There is no tool ${id}.${nearest === undefined ? '' : ` Did you mean ${nearest}?`}`,
        pointer: place,
        fix: nearest === undefined ? portia('tools', 'list') : portia('tools', 'describe', nearest),
      });
    }
  }

  /** The server of a tool, when none of its tools is known. */
  #unknownServerOf(id: string): string | undefined {
    const [, server] = /^mcp:([\w-]+):./.exec(id) ?? [];
    const isKnown = [...this.#tools.keys(), ...(this.#off?.keys() ?? [])].some((each) =>
      each.startsWith(`mcp:${server}:`),
    );
    return isKnown ? undefined : server;
  }

  #nearestTo(id: string): string | undefined {
    if (!this.#nearest.has(id)) this.#nearest.set(id, nearestToolId(id, this.#tools.keys()));
    return this.#nearest.get(id);
  }

  checkArguments({ tool_id: id, args }: ToolStep, pointer: string, scope: PlanScope): void {
    const schema = this.#tools.get(id)?.inputSchema();
    if (schema === undefined) return;
    const known = namedArguments(schema);
    for (const name of Object.keys(args)) {
      if (known === undefined || known.has(name)) continue;
      const nearest = nearestName(name, known);
      this.#problems.error('unknown-argument', {
        message: `${id} has no argument ${name}.${nearest === undefined ? '' : ` Did you mean ${nearest}?`}`,
        pointer: `${pointer}/${escapePointer(name)}`,
        fix: `It has: ${[...known].join(', ') || 'none'}.`,
      });
    }
    const required = Array.isArray(schema['required']) ? schema['required'] : [];
    for (const name of required) {
      if (typeof name !== 'string' || Object.hasOwn(args, name)) continue;
      this.#problems.warn('asks', {
        message: `${id} needs ${name}, which the plan does not give: the run will ask for it.`,
        pointer,
      });
    }
    for (const part of partsOf(args, schema, pointer)) {
      checkValue(part, { scope, problems: this.#problems, fix: portia('tools', 'describe', id) });
    }
  }
}

/** Whether a value of the plan can have the type that is wanted in its place, with all its parts and templates. */
export function checkValue(
  { value, schema, pointer }: { value: Json; schema: JsonSchema; pointer: string },
  at: { scope: PlanScope; problems: ProblemList; fix?: Advice },
): void {
  const clash = isTemplate(value) ? clashOfTemplate(value, schema, at.scope) : clashOfLiteral(value, schema);
  if (clash !== undefined) {
    const name = pointer.slice(pointer.lastIndexOf('/') + 1);
    const fix = asTextOf(value, schema, at.scope) ?? at.fix;
    at.problems.error('type-clash', {
      message: `The value of ${name} ${clash}.`,
      pointer,
      ...(fix !== undefined && { fix }),
    });
  } else for (const part of partsOf(value, schema, pointer)) checkValue(part, at);
}

/** How a number or a boolean is given where a text is wanted. */
function asTextOf(value: Json, schema: JsonSchema, scope: PlanScope): string | undefined {
  const whole = isTemplate(value) && jsonTypesOf(schema)?.has('string') === true ? wholeOf(value) : undefined;
  if (whole === undefined || whole === 'broken') return undefined;
  const types = jsonTypesOf(typeOfResult(whole, scope));
  const isPlain = types?.size === 1 && (types.has('number') || types.has('boolean'));
  return isPlain ? `Write it as text: {{ $string(${whole.source.trim()}) }}` : undefined;
}

function isTemplate(value: Json): value is string {
  return typeof value === 'string' && value.includes('{{');
}

function clashOfTemplate(text: string, schema: JsonSchema, scope: PlanScope): string | undefined {
  const whole = wholeOf(text);
  if (whole === 'broken') return undefined;
  if (whole === undefined) return clashOf({ type: 'string' }, schema);
  // Where a list is wanted, whatever there is is made a list.
  const types = jsonTypesOf(schema);
  const type = typeOfResult(whole, scope);
  return type === undefined || types?.has('array') ? undefined : clashOf(type, schema);
}

/** The one expression that the text is; undefined when there is text around it. */
function wholeOf(text: string) {
  try {
    return wholeExpression(parseTemplate(text));
  } catch (error) {
    if (error instanceof ExpressionError) return 'broken';
    throw error;
  }
}

function clashOfLiteral(value: Json, schema: JsonSchema): string | undefined {
  // With templates inside, its value is not known yet, but its type is.
  const mayChange = typeof value === 'object' && value !== null && JSON.stringify(value).includes('{{');
  return mayChange ? clashOf({ type: Array.isArray(value) ? 'array' : 'object' }, schema) : misfitOf(value, schema);
}

/** Everything in a schema that may allow an argument without naming it under `properties`. */
const OPEN_KEYS = ['$ref', 'allOf', 'anyOf', 'oneOf', 'if', 'patternProperties', 'unevaluatedProperties'];

/** The only arguments that a schema knows; undefined when it does not say. */
function namedArguments(schema: JsonSchema): Set<string> | undefined {
  const { properties, additionalProperties = null } = schema;
  if (OPEN_KEYS.some((key) => key in schema)) return undefined;
  const named = isJsonObject(properties) ? Object.keys(properties) : [];
  const isClosed = additionalProperties === false || (additionalProperties === null && named.length > 0);
  return isClosed ? new Set(named) : undefined;
}
