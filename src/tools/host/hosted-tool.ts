import { PortiaError } from '../../domain/errors.js';
import { asText, isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';
import { describeThrown } from '../../domain/values/thrown.js';
import type { ArgumentProblem } from '../argument-problems.js';
import { readinessLimit } from '../readiness.js';
import type { Inspection, InspectionContext, ParsedArguments, SaidReadiness, Tool, ToolOrigin } from '../tool.js';
import { fromThrown } from './host-errors.js';
import { answersFrom } from './owner-answers.js';
import type { DeclaredSchema, HostRequest, ToolDeclaration } from './protocol.js';
import type { ToolHosts } from './tool-hosts.js';

/** A tool of a module, which works in a process of its own. */
export function hostedTool(
  declaration: ToolDeclaration,
  {
    file,
    origin,
    hosts,
    confirm,
  }: { file: string; origin: ToolOrigin | undefined; hosts: ToolHosts; confirm?: (() => Promise<void>) | undefined },
): Tool {
  const { inputSchema, outputSchema, hasReadiness, hasInspect, ...declared } = declaration;
  const isConcurrent = declared.concurrent === true && declared.effect === 'read';
  const mayRepeat = declared.effect !== 'once';
  const tool = { file, id: declared.id, origin, confirm, isConcurrent, mayRepeat };
  const takeTurn = async (signal: AbortSignal) => hosts.takeTurn(tool, signal);
  return {
    ...declared,
    source: 'module',
    origin,
    inputSchema: () => schemaIn(inputSchema),
    ...(outputSchema !== undefined && { outputSchema: () => schemaIn(outputSchema) }),
    parseArguments: async (args) => parse(hosts, tool, args),
    ...(hasReadiness && {
      readiness: async (_environment, args, about) =>
        (await hosts.ask(
          tool,
          { do: 'readiness', tool: named(tool), args, about },
          { limit: readinessLimit(declared) },
        )) as SaidReadiness,
    }),
    ...(hasInspect && { inspect: async (args, look) => inspect(hosts, tool, { args, look }) }),
    takeTurn,
    async run(context, args) {
      const turn = await takeTurn(context.signal);
      try {
        return await turn.run(context, args);
      } finally {
        turn.end();
      }
    },
  };
}

type Hosted = Parameters<ToolHosts['ask']>[0];

function schemaIn(declared: DeclaredSchema): JsonObject {
  if (declared.ok) return declared.schema;
  throw fromThrown(declared.error);
}

async function parse(hosts: ToolHosts, tool: Hosted, args: JsonObject): Promise<ParsedArguments> {
  try {
    const parsed = await hosts.ask(tool, { do: 'parse', tool: named(tool), args });
    if (!isJsonObject(parsed)) throw new Error('it gave nothing');
    if (isJsonObject(parsed['args'])) return { ok: true, args: parsed['args'] };
    return { ok: false, problems: problemsIn(parsed['problems']) };
  } catch (error) {
    if (error instanceof PortiaError) throw error;
    const message = `the check of the arguments broke: ${describeThrown(error)}`;
    return { ok: false, problems: [{ argument: '', message, missing: false }] };
  }
}

function problemsIn(value: unknown): ArgumentProblem[] {
  const problems = Array.isArray(value) ? value.filter(isJsonObject) : [];
  return problems.map(({ argument, message, missing }) => ({
    argument: textOf(argument),
    message: textOf(message),
    missing: missing === true,
  }));
}

async function inspect(
  hosts: ToolHosts,
  tool: Hosted,
  { args, look }: { args: JsonObject; look: InspectionContext },
): Promise<Inspection> {
  const { created, isNamed, environment } = look;
  const knowsNames = isNamed !== undefined;
  const request: HostRequest = { do: 'inspect', tool: named(tool), args, created: [...created], knowsNames };
  const found = await hosts.ask(tool, request, { answer: answersFrom(environment, isNamed) });
  if (!isJsonObject(found)) throw new Error('it gave nothing');
  const { consent, facts, note, mustAsk } = found;
  return {
    consent: consent === 'allow' ? 'allow' : 'ask',
    facts: isJsonObject(facts) ? facts : {},
    ...(typeof note === 'string' && { note }),
    ...(mustAsk === true && { mustAsk }),
  };
}

const textOf = (value: Json | undefined): string => asText(value ?? '');

const named = ({ file, id }: Hosted) => ({ file, id });
