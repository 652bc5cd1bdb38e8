import type { RecordedQuestion, RecordedTool } from '../../domain/recording/recorded-call.js';
import type { Recording } from '../../domain/recording/recording.js';
import { isApproval, type Approval } from '../../domain/run/clarification.js';
import type { ToolDefinition } from '../../domain/run/tool-definition.js';
import { canonicalJson, isJsonObject, type JsonObject, type JsonSchema } from '../../domain/values/json.js';
import { builtinTools } from '../../tools/builtin/builtin-tools.js';
import { schemaArguments } from '../../tools/schema-arguments.js';
import type { Inspection, ParsedArguments, Tool } from '../../tools/tool.js';
import { compileSchema } from '../compile-schema.js';

/** The tools of a run that is played: none of them does anything. */
export class StandIns {
  readonly #definitions: ReadonlyMap<string, ToolDefinition>;
  readonly #calls: readonly RecordedTool[];
  readonly #approvals: readonly Approval[];
  /** Older logs do not say what the tools were. */
  readonly #isKnown: boolean;
  readonly #builtin = new Map(builtinTools().map((tool) => [tool.id, tool]));
  readonly #made = new Map<string, Tool | undefined>();

  constructor({ tools, calls, setup }: Recording) {
    this.#definitions = new Map(tools.map((definition) => [definition.id, definition]));
    this.#calls = calls.filter((call): call is RecordedTool => call.kind === 'tool');
    const asked = calls.filter((call): call is RecordedQuestion => call.kind === 'question');
    this.#approvals = asked.map(({ question }) => question).filter(isApproval);
    this.#isKnown = setup !== undefined;
  }

  get(id: string): Tool | undefined {
    if (!this.#made.has(id)) this.#made.set(id, this.#make(id));
    return this.#made.get(id);
  }

  #make(id: string): Tool | undefined {
    const definition = this.#definitions.get(id);
    const own = this.#builtin.get(id);
    const calls = this.#calls.filter(({ tool }) => tool === id);
    if (definition === undefined && own === undefined && this.#isKnown && calls.length === 0) return undefined;
    const stands = definition === undefined && own !== undefined ? promised(own) : described(id, definition, calls);
    const found = this.#found(id, calls);
    return {
      ...stands,
      inspect: async (args) => found(args),
      run: async () => Promise.reject(new Error(`${id} was called while a run was played`)),
    };
  }

  /** What was found then decides what a person is asked. */
  #found(id: string, calls: readonly RecordedTool[]): (args: JsonObject) => Inspection {
    const approvals = firstBy(this.#approvals.filter((asked) => asked.tool_id === id));
    const called = firstBy(calls);
    return (args) => {
      const text = canonicalJson(args);
      const approval = approvals.get(text);
      const facts = called.get(text)?.facts ?? approval?.facts ?? {};
      return { consent: 'ask', facts, ...(approval?.only_this === true && { mustAsk: true }) };
    };
  }
}

/** The first for each arguments. */
function firstBy<Call extends { args?: JsonObject | undefined }>(calls: readonly Call[]): Map<string, Call> {
  return new Map(calls.toReversed().map((call) => [canonicalJson(call.args ?? {}), call]));
}

type StandIn = Omit<Tool, 'run' | 'inspect'>;

/** A tool as others see it, without what it does. */
export function promised(tool: Tool): StandIn {
  const { id, name, description, effect, source, sends, isPublic } = tool;
  return {
    ...{ id, name, description, effect, source, sends, isPublic },
    ...(tool.prepare && { prepare: async () => tool.prepare?.() }),
    inputSchema: () => tool.inputSchema(),
    outputSchema: () => tool.outputSchema?.(),
    parseArguments: (args) => tool.parseArguments(args),
  };
}

function described(id: string, definition: ToolDefinition | undefined, calls: readonly RecordedTool[]): StandIn {
  if (definition === undefined) {
    return {
      ...{ id, name: id, description: '', source: 'module', effect: calls[0]?.effect ?? 'once' },
      inputSchema: () => ({ type: 'object', properties: {} }),
      parseArguments: (args) => ({ ok: true, args: withDefaults(args, calls) }),
    };
  }
  const { name, description, effect, source, input_schema: schema, sends, is_public: isPublic } = definition;
  const own = schemaArguments(id, schema, async (given) => compileSchema(given));
  return {
    ...{ id, name, description, effect, source, sends, isPublic, inputSchema: own.inputSchema, prepare: own.prepare },
    outputSchema: () => definition.output_schema,
    async parseArguments(args) {
      const unknown = source === 'module' ? unknownIn(args, schema) : [];
      const parsed = await own.parseArguments(args);
      if (unknown.length === 0) return parsed.ok ? { ok: true, args: withDefaults(parsed.args, calls) } : parsed;
      return { ok: false, problems: [...(parsed.ok ? [] : parsed.problems), ...unknown] };
    },
  };
}

/** A tool in code refuses what it does not know, whatever its schema says. */
function unknownIn(args: JsonObject, { properties }: JsonSchema): Extract<ParsedArguments, { ok: false }>['problems'] {
  if (!isJsonObject(properties)) return [];
  const names = Object.keys(args).filter((name) => !Object.hasOwn(properties, name));
  return names.map((argument) => ({ argument, message: 'is not an argument', missing: false }));
}

/** A tool may have filled in more than its schema says. */
function withDefaults(args: JsonObject, calls: readonly RecordedTool[]): JsonObject {
  const entries = Object.entries(args);
  // Nothing was filled in where all calls were given as much.
  if (calls.every((call) => Object.keys(call.args).length <= entries.length)) return args;
  const texts = entries.map(([name, value]) => [name, canonicalJson(value)] as const);
  const same = calls.find((call) => texts.every(([name, text]) => canonicalJson(call.args[name] ?? null) === text));
  return same?.args ?? args;
}
