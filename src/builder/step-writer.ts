import { messageOf } from '../domain/errors.js';
import {
  asText,
  isJsonObject,
  toJsonWithNulls,
  type Json,
  type JsonObject,
  type JsonSchema,
} from '../domain/values/json.js';
import { bareName } from '../domain/values/names.js';
import { isZodSchema, jsonSchemaOf } from '../domain/values/zod-json-schema.js';
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
  /** Called with each name that a sentence refers to; the rules of the plan do not check sentences. */
  mention: (name: string, at: string) => void;
  /** What the plan says about its input of that name. */
  describe: (name: string) => string | undefined;
}

interface Wanted {
  at: string;
  /** What belongs there, as a sentence without its full stop. */
  wanted: string;
}

/** Replace what was reported, so that nothing else is blamed for it. */
const UNKNOWN_NAME = '$unnamed';
const UNKNOWN_VALUE = '$lookup({}, "")';

/** A reference as it appears in a text. */
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

  /** The name of an output, an input or an item, with its `$`. A refused one is replaced by a valid name. */
  name(given: string, at: string): string {
    if (this.#isOther(given, 'string', { at, wanted: 'A name is a text' })) return UNKNOWN_NAME;
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
    if (typeof given !== 'boolean' && typeof given !== 'number') {
      const wanted = 'An expression is a text or a reference';
      if (this.#isOther(given, 'string', { at, wanted })) return UNKNOWN_VALUE;
    }
    // From JavaScript it may be a boolean or a number.
    const text = asText(given);
    const plain = text.replaceAll(WRITTEN_REFERENCE, '$1');
    if (plain !== text) {
      const message = 'In a plain text a reference becomes a template, which an expression cannot have.';
      this.report({ rule: 'template-in-expression', at, message, fix: 'Write the text as expr`…`.' });
    }
    return plain;
  }

  condition(given: Condition, at: string): { when: string } | { condition: string } {
    const isSentence = isJsonObject(given) && !(given instanceof Reference);
    if (!isSentence) return { when: this.expression(given, `${at}/when`) };
    return { condition: this.sentence(given.condition, `${at}/condition`) };
  }

  /** Models that judge a sentence are shown the values whose names stand in it. */
  sentence(given: string, at: string): string {
    if (this.#isOther(given, 'string', { at, wanted: 'A condition is a sentence' })) return '?';
    return given.replaceAll(WRITTEN_REFERENCE, (_template, expression: string) => {
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
    if (this.#isOther(given, 'object', { at, wanted: 'Values are given by name, in an object' })) return {};
    const written = this.value(given, at);
    return isJsonObject(written) ? written : {};
  }

  json(given: unknown, at: string): Json {
    const { value, parts } = toJsonWithNulls(given);
    for (const { problem } of parts) this.report({ rule: 'not-json', at, message: `It is not JSON: ${problem}.` });
    return value;
  }

  schema(given: Schema | undefined, at: string): JsonSchema | undefined {
    if (given === undefined) return undefined;
    const wanted = 'A schema is one of zod, or a JSON Schema';
    if (this.#isOther(given, 'object', { at, wanted })) return {};
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
    const inputs = this.items(given, { at, wanted: 'Inputs are a list of names and references' });
    return inputs.flatMap((input, index) => this.#input(input, `${at}/${index}`));
  }

  /** The items of a list; empty when it is not a list, which is reported. */
  items<Item>(given: readonly Item[], { at, wanted }: Wanted): readonly Item[] {
    return this.#isOther(given, 'list', { at, wanted }) ? [] : given;
  }

  /** The options themselves; none instead of what is not an object, which is reported. */
  options<Options extends object>(given: Options, call: string): Options {
    return this.#isOther(given, 'object', { at: '', wanted: `${call}() takes an object of options` })
      ? ({} as Options)
      : given;
  }

  #input(given: StepInput<string>, at: string): JsonObject[] {
    const isDescribed = isJsonObject(given) && !(given instanceof Reference);
    const named: unknown = isDescribed ? given.name : given;
    const description = isDescribed ? given.description : undefined;
    const wanted = 'An input is a name or a reference';
    if (!(named instanceof Reference) && this.#isOther(named, 'string', { at, wanted })) return [];
    const reference = named instanceof Reference ? named : new Reference(String(named));
    if (reference.expression !== `$${reference.name}`) {
      this.report({
        rule: 'part-as-input',
        at,
        message: `A step takes whole values, and ${reference.expression} is a part of one.`,
        fix: `Write \${reference} in the task, or make the part a value of its own with computeStep.`,
      });
    }
    return [{ name: `$${reference.name}`, description: description ?? this.#writing.describe(reference.name) ?? '' }];
  }

  tool(given: ToolChoice, at: string): string {
    const id: unknown = isJsonObject(given) ? given.id : given;
    return this.#isOther(id, 'string', { at, wanted: 'A tool is given by its id, or itself' }) ? '?' : String(id);
  }

  /** Whether a caller without a type checker gave something else; that is reported. */
  #isOther(given: unknown, kind: 'string' | 'object' | 'list', { at, wanted }: Wanted): boolean {
    const found = kindOf(given);
    if (found === kind) return false;
    this.report({ rule: 'misuse', at, message: `${wanted}, not ${found}.` });
    return true;
  }
}

function kindOf(given: unknown): string {
  if (given === null) return 'null';
  return Array.isArray(given) ? 'list' : typeof given;
}

/** The record without what is undefined. */
export function compact(record: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(Object.entries(record).filter((entry): entry is [string, Json] => entry[1] !== undefined));
}
