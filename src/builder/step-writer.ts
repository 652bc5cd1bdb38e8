import { messageOf } from '../domain/errors.js';
import { isJsonObject, toJson, type Json, type JsonObject, type JsonSchema } from '../domain/json.js';
import { bareName } from '../domain/names.js';
import { isZodSchema, jsonSchemaOf } from '../domain/zod-json-schema.js';
import { holdsReference, literal, Reference, replaceReferences, variableName } from './reference.js';
import type { Condition, Expression, Schema, StepInput, ToolChoice } from './step-options.js';

/** What is wrong with a part of a step; `at` is its place inside the step. */
export interface PartProblem {
  rule: string;
  at: string;
  message: string;
  fix?: string;
}

export interface Writing {
  report: (problem: PartProblem) => void;
  /** Told each name that a sentence refers to; sentences are not judged by the rules of the plan. */
  mention: (name: string, at: string) => void;
  /** What the plan says about its input of that name. */
  describe: (name: string) => string | undefined;
}

/** A reference as it writes itself in a text. */
const WRITTEN_REFERENCE = /\{\{ (\$[\p{L}_].*?) \}\}/gu;

/** Writes what a caller gives for one step as the plan's JSON, and reports what cannot be written. */
export class StepWriter {
  readonly #writing: Writing;

  constructor(writing: Writing) {
    this.#writing = writing;
  }

  report(problem: PartProblem): void {
    this.#writing.report(problem);
  }

  /** The name of an output, an input or an item, with its `$`. One that is refused stands as what it could be. */
  name(given: string, at: string): string {
    const name = variableName(given);
    if (name === bareName(given)) return `$${name}`;
    this.report({
      rule: 'name',
      at,
      message: `Expressions cannot refer to ${JSON.stringify(given)}.`,
      fix: `Use letters, digits and _, no digit first, and no name of a JSONata function: ${name}.`,
    });
    return `$${name}`;
  }

  expression(given: Expression, at: string): string {
    if (given instanceof Reference) return given.expression;
    const text = String(given);
    const plain = text.replaceAll(WRITTEN_REFERENCE, '$1');
    if (plain !== text) {
      const message = 'A reference in a plain text writes a template, and an expression holds none.';
      this.report({ rule: 'template-in-expression', at, message, fix: 'Write the text as expr`…`.' });
    }
    return plain;
  }

  condition(given: Condition, at: string): { when: string } | { condition: string } {
    const isSentence = typeof given === 'object' && !(given instanceof Reference);
    if (!isSentence) return { when: this.expression(given, `${at}/when`) };
    return { condition: this.sentence(given.condition, `${at}/condition`) };
  }

  /** Models that judge a sentence are shown the values whose names stand in it. */
  sentence(given: string, at: string): string {
    return String(given).replaceAll(WRITTEN_REFERENCE, (_template, expression: string) => {
      this.#writing.mention(/^\$([\p{L}\p{N}_]+)/u.exec(expression)?.[1] ?? '', at);
      return expression;
    });
  }

  /** A list, or an expression that gives one. */
  list(given: Expression | readonly unknown[], at: string): string | Json[] {
    if (!Array.isArray(given)) return this.expression(given as Expression, at);
    const written = this.value(given, at);
    if (!Array.isArray(written)) return [];
    return holdsReference(given) ? literal(given) : written;
  }

  /** A value whose references become templates, so that each keeps its type. */
  value(given: unknown, at: string): Json {
    return this.json(replaceReferences(given, String), at);
  }

  values(given: object, at: string): JsonObject {
    const written = this.value(given, at);
    return isJsonObject(written) ? written : {};
  }

  json(given: unknown, at: string): Json {
    const json = toJson(given);
    if (json.ok) return json.value;
    this.report({ rule: 'not-json', at, message: `It is not JSON: ${json.problem}.` });
    return null;
  }

  schema(given: Schema | undefined, at: string): JsonSchema | undefined {
    if (given === undefined) return undefined;
    if (!isZodSchema(given)) {
      const json = this.json(given, at);
      return isJsonObject(json) ? json : undefined;
    }
    try {
      return jsonSchemaOf(given);
    } catch (error) {
      const message = `JSON Schema cannot say it: ${messageOf(error)}.`;
      this.report({ rule: 'schema', at, message, fix: 'Use only zod types that JSON can express.' });
      return {};
    }
  }

  inputs(given: readonly StepInput<string>[], at: string): JsonObject[] {
    return given.map((input, index) => this.#input(input, `${at}/${index}`));
  }

  #input(given: StepInput<string>, at: string): JsonObject {
    const isDescribed = typeof given === 'object' && !(given instanceof Reference);
    const named = isDescribed ? given.name : given;
    const description = isDescribed ? given.description : undefined;
    const reference = named instanceof Reference ? named : new Reference(named);
    if (reference.expression !== `$${reference.name}`) {
      this.report({
        rule: 'part-as-input',
        at,
        message: `A step takes whole values, and ${reference.expression} is a part of one.`,
        fix: `Write \${reference} in the task, or make the part a value of its own with computeStep.`,
      });
    }
    return {
      name: `$${reference.name}`,
      description: description ?? this.#writing.describe(reference.name) ?? '',
    };
  }

  tool(given: ToolChoice): string {
    return typeof given === 'string' ? given : given.id;
  }
}

/** The record without what is undefined. */
export function compact(record: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(Object.entries(record).filter((entry): entry is [string, Json] => entry[1] !== undefined));
}
