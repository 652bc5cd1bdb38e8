import { PortiaError } from '../domain/errors.js';
import { MAX_DEPTH, setOwn, toJson, type Json } from '../domain/values/json.js';
import { bareName, isVariableName } from '../domain/values/names.js';

/** The value of a name of the plan, or a part of it. In a text it writes itself as a template. */
export class Reference {
  /** The variable, without `$`. */
  readonly name: string;
  /** What an expression says for it: `$name`, or `$name.items[0].price`. */
  readonly expression: string;

  constructor(name: string, path = '') {
    this.name = variableName(name);
    this.expression = `$${this.name}${path}`;
  }

  /** A part of the value: keys and places in lists with dots between them, `items.0.price`. */
  at(path: string): Reference {
    const outer = this.expression.slice(this.name.length + 1);
    return new Reference(this.name, outer + pathExpression(path));
  }

  toString(): string {
    return `{{ ${this.expression} }}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/**
 * What a step leaves: by its `output`, or by its `stepName` when it has no other output, or by its place, counted from
 * 0, when it has neither. Names are checked when the plan is built; those that a step's callback gets, when the program
 * is compiled.
 */
export function StepOutput(step: string | number, path?: string): Reference {
  const reference = new Reference(typeof step === 'number' ? defaultOutput(step) : step);
  return path === undefined ? reference : reference.at(path);
}

/** The value of an input of the plan. */
export function Input(name: string, path?: string): Reference {
  return StepOutput(name, path);
}

/** What can stand in an expression: a reference, or a value with references in it. */
export type ExpressionPart = Reference | Json | readonly ExpressionPart[] | { readonly [key: string]: ExpressionPart };

/**
 * An expression with references and values in it: expr`${total} > 100`. A value other than a reference is written as a
 * literal, a text with its quotes. A reference to a list inside of a list stands for the items.
 * Throws `invalid-plan` for what JSON cannot express.
 */
export function expr(texts: TemplateStringsArray, ...parts: ExpressionPart[]): string {
  // As they were typed, so that the escapes in JSONata's own texts stay.
  const typed = texts.raw.map((text) => text.replaceAll(/\\([`$])/g, '$1'));
  return typed.map((text, index) => (index === 0 ? text : checkedLiteral(parts[index - 1]) + text)).join('');
}

function checkedLiteral(value: unknown): string {
  const json = toJson(replaceReferences(value, String));
  if (json.ok) return literal(value);
  throw new PortiaError('invalid-plan', 'A part of an expression is neither a reference nor JSON.', {
    why: `${json.problem}.`,
    fix: 'Give a reference, a text, a number, true, false, null, or a list or object of these.',
  });
}

/** A value, JSON except for its references, as an expression writes it. */
export function literal(value: unknown): string {
  if (value instanceof Reference) return value.expression;
  if (Array.isArray(value)) return `[${value.map((item) => literal(item ?? null)).join(', ')}]`;
  if (!isPlainObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}: ${literal(item)}`).join(', ')}}`;
}

/** A copy of the value with something else in place of each reference; what is not made of lists and objects stays. */
export function replaceReferences(value: unknown, replace: (reference: Reference) => unknown): unknown {
  // A part that occurs many times is copied once. In a cycle the part itself stays, so that it is found as a cycle.
  const copies = new Map<unknown, unknown>();
  const copy = (part: unknown, depth: number): unknown => {
    if (part instanceof Reference) return replace(part);
    const isList = Array.isArray(part);
    // Anything nested more deeply is not JSON, and stays so that it is reported as such.
    if ((!isList && !isPlainObject(part)) || depth > MAX_DEPTH) return part;
    if (!copies.has(part)) {
      copies.set(part, part);
      copies.set(part, isList ? part.map((item) => copy(item, depth + 1)) : copyMembers(part, depth));
    }
    return copies.get(part);
  };
  const copyMembers = (part: Record<string, unknown>, depth: number) => {
    const members: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(part)) setOwn(members, key, copy(item, depth + 1));
    return members;
  };
  return copy(value, 0);
}

export function holdsReference(value: unknown): boolean {
  let holds = false;
  replaceReferences(value, () => (holds = true));
  return holds;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The name of what an unnamed step leaves, made from its place among the calls that add to the plan. */
export function defaultOutput(index: number): `step_${number}` {
  return `step_${index}`;
}

/** A name that expressions can refer to, made from any text; a valid name stays as it is, without `$`. */
export function variableName(text: string): string {
  const spelled = bareName(text).replaceAll(/[^\p{L}\p{N}_]+/gu, '_');
  const begun = /^[\p{L}_]/u.test(spelled) ? spelled : `_${spelled}`;
  return isVariableName(begun) ? begun : `${begun}_`;
}

/** Words that JSONata reads as values instead of names. */
const VALUE_WORDS = new Set(['true', 'false', 'null']);

function pathExpression(path: string): string {
  return path.split('.').map(keyExpression).join('');
}

function keyExpression(key: string): string {
  if (/^-?\d+$/.test(key)) return `[${key}]`;
  return /^[A-Za-z_]\w*$/.test(key) && !VALUE_WORDS.has(key) ? `.${key}` : `.\`${key}\``;
}
