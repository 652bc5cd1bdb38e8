import { messageOf, PortiaError } from '../domain/errors.js';
import { isJsonObject, type Json, type JsonObject, type JsonSchema } from '../domain/values/json.js';
import type { ArgumentProblem } from './argument-problems.js';
import type { CheckValue } from './json-schema.js';
import type { Tool } from './tool.js';

export type CompileSchema = (schema: JsonSchema) => Promise<CheckValue>;

/** The part of a tool that is about its arguments, when a JSON Schema describes them. */
export function schemaArguments(
  id: string,
  schema: JsonSchema,
  compile: CompileSchema,
): Required<Pick<Tool, 'inputSchema' | 'prepare' | 'parseArguments'>> {
  let check: CheckValue | undefined;
  return {
    inputSchema: () => schema,
    async prepare() {
      check ??= await compile(schema).catch((cause: unknown) => {
        throw new PortiaError('invalid-settings', `The arguments of the tool ${id} cannot be checked.`, {
          why: messageOf(cause),
          fix: 'Correct the JSON Schema of its arguments.',
          cause,
        });
      });
    },
    parseArguments(given) {
      if (check === undefined) throw new Error(`prepare() of ${id} was not called.`);
      const args = withDefaults(given, schema);
      const problems = check(args).map((problem) => toProblem(problem));
      return problems.length === 0 ? { ok: true, args } : { ok: false, problems };
    },
  };
}

function withDefaults(args: JsonObject, { properties }: JsonSchema): JsonObject {
  if (!isJsonObject(properties)) return args;
  const missing = Object.entries(properties).flatMap(([name, own]): [string, Json][] =>
    isJsonObject(own) && own['default'] !== undefined && !Object.hasOwn(args, name) ? [[name, own['default']]] : [],
  );
  return missing.length === 0 ? args : { ...args, ...structuredClone(Object.fromEntries(missing)) };
}

function toProblem({ pointer, message, missing }: ReturnType<CheckValue>[number]): ArgumentProblem {
  const [argument = '', ...inside] = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (argument === '' && missing !== undefined) return { argument: missing, message: 'is missing', missing: true };
  const place = inside.map((key) => `/${key}`).join('');
  return { argument, message: place === '' ? message : `${place} ${message}`, missing: false };
}
