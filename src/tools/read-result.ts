import type * as z from 'zod';

import type { ClarificationRequest } from '../domain/run/clarification.js';
import type { FileRead } from '../domain/run/events.js';
import { describeThrown } from '../domain/values/thrown.js';
import { toJson, type Json } from '../domain/values/json.js';
import type { ToolEffect } from '../domain/values/tool-effects.js';
import { questionProblem } from './question-problem.js';
import type { ToolResult } from './tool.js';

type Output = Extract<ToolResult, { kind: 'output' }>;

/** What is needed of a tool to judge a result of it. */
export interface ResultOf {
  id: string;
  effect?: ToolEffect | undefined;
  /** What every result fits. */
  output?: z.ZodType | undefined;
}

/**
 * What the code of somebody gave as the result of a call: a plain JSON value is an output. What cannot be taken is a
 * failure, because what the call did outside has happened.
 */
export async function readResult(tool: ResultOf, returned: unknown): Promise<ToolResult> {
  if (isFailure(returned) || isPartOfFailure(returned)) return readFailure(returned);
  const questions = clarificationsOf(returned);
  if (questions !== undefined) return readClarifications(tool, questions, Reflect.get(Object(returned), 'kept'));
  const wrapped = isOutput(returned);
  const value: unknown = wrapped ? returned.value : returned;
  // What a tool that acts does is what counts; many give nothing.
  const json = toJson(value === undefined && tool.effect !== 'read' ? null : value);
  if (!json.ok) return badResult(tool, `gave a result that cannot be kept: ${json.problem}`);
  const problem = outputProblem(tool, json.value);
  if (problem !== undefined) return badResult(tool, problem);
  return { kind: 'output', value: json.value, ...(wrapped && withOutput(returned)) };
}

/** What goes with the value of an output. */
export function withOutput(returned: object): Omit<Output, 'kind' | 'value'> {
  const summary: unknown = Reflect.get(returned, 'summary');
  const created: unknown = Reflect.get(returned, 'created');
  const read: unknown = Reflect.get(returned, 'read');
  const warnings: unknown = Reflect.get(returned, 'warnings');
  return {
    ...(typeof summary === 'string' && { summary }),
    ...(isTexts(created) && { created }),
    ...(isFilesRead(read) && { read }),
    ...(isTexts(warnings) && { warnings }),
  };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isFilesRead(value: unknown): value is FileRead[] {
  return Array.isArray(value) && value.every(isFileRead);
}

function isFileRead(item: unknown): boolean {
  if (typeof item !== 'object' || item === null) return false;
  return typeof Reflect.get(item, 'file') === 'string' && typeof Reflect.get(item, 'digest') === 'string';
}

function readFailure(returned: Record<string, unknown>): ToolResult {
  const { message, retryable, notDone, not_done, unavailable } = returned;
  return {
    kind: 'failure',
    message: isSaid(message) ? message : 'it failed and does not say why',
    retryable: retryable === true,
    ...((notDone === true || not_done === true) && { notDone: true }),
    ...(unavailable === true && { unavailable: true }),
  };
}

function badResult({ id, effect }: ResultOf, message: string): ToolResult {
  return { kind: 'failure', message: `The tool ${id} ${message}.`, retryable: effect === 'read' };
}

function outputProblem({ output }: ResultOf, value: Json): string | undefined {
  if (output === undefined) return undefined;
  try {
    const result = output.safeParse(value);
    if (result.success) return undefined;
    const where = result.error.issues.map(({ path, message }) => `/${path.map(String).join('/')} ${message}`);
    return `gave a result that does not fit its output schema: ${where.join('; ')}`;
  } catch (error) {
    return `gave a result that its output schema could not check: ${describeThrown(error)}`;
  }
}

function isKind<Kind extends string>(value: unknown, kind: Kind): value is { kind: Kind } & Record<string, unknown> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

function isSaid(message: unknown): message is string {
  return typeof message === 'string' && message.trim() !== '';
}

function isFailure(value: unknown): value is { kind: 'failure' } & Record<string, unknown> {
  return isKind(value, 'failure') && isSaid(value['message']) && typeof value['retryable'] === 'boolean';
}

const FAILURE_KEYS = new Set(['kind', 'message', 'retryable', 'notDone', 'not_done', 'unavailable']);

/** A failure of which something is missing or misspelt: taken for a result, it would look like success. */
function isPartOfFailure(value: unknown): value is { kind: 'failure' } & Record<string, unknown> {
  return isKind(value, 'failure') && Object.keys(value).every((key) => FAILURE_KEYS.has(key));
}

function isOutput(value: unknown): value is Output {
  return isKind(value, 'output') && 'value' in value;
}

function clarificationsOf(value: unknown): unknown[] | undefined {
  return isKind(value, 'clarifications') && Array.isArray(value['clarifications'])
    ? value['clarifications']
    : undefined;
}

async function readClarifications(tool: ResultOf, questions: unknown[], given: unknown): Promise<ToolResult> {
  if (questions.length === 0) return badResult(tool, 'asked for an answer without a question');
  for (const question of questions) {
    const problem = await questionProblem(question);
    if (problem !== undefined) return badResult(tool, `asked a malformed question: ${problem}`);
  }
  const clarifications = questions as ClarificationRequest[];
  if (given === undefined) return { kind: 'clarifications', clarifications };
  const kept = toJson(given);
  if (!kept.ok) return badResult(tool, `asked, and keeps what cannot be kept: ${kept.problem}`);
  return { kind: 'clarifications', clarifications, kept: kept.value };
}
