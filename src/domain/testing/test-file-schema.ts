import * as z from 'zod';

import { RUN_STATES } from '../run/run-states.js';
import { json, jsonObject } from '../values/schema-atoms.js';
import { TOOL_EFFECTS } from '../values/tool-effects.js';
import { withDescription } from '../values/schema-meta.js';
import { ERROR_CODES } from '../errors.js';

const text = z.string().min(1, 'must not be empty');
const count = z.int().min(0);
const iso = z.iso.datetime({ offset: true });
const time = z.string().refine((value) => iso.safeParse(value).success, 'must be a time such as 2026-11-30T09:00:00Z');

/** What a model can fail with. */
export const MODEL_FAILURES = [
  'unavailable',
  'rate-limited',
  'timed-out',
  'key-rejected',
  'no-model',
  'model-refused',
  'model-reply-unusable',
] as const;

const pattern = text.check(({ value, issues }) => {
  if (patternOf(value) === undefined)
    issues.push({ code: 'custom', message: 'is not a regular expression', input: value });
});

const modelLineSchema = z
  .strictObject({
    match: withDescription(pattern.optional(), 'A part of the request, or a /regular expression/'),
    reply: withDescription(json.optional(), 'A text, or the value of a structured reply'),
    calls: withDescription(
      z
        .array(z.strictObject({ tool: text, args: jsonObject.optional() }))
        .min(1)
        .optional(),
      'Tools that the model calls',
    ),
    fails: z.enum(MODEL_FAILURES).optional(),
  })
  .check(({ value, issues }) => {
    const { reply, calls, fails } = value;
    const given = reply !== undefined || calls !== undefined;
    if (given === (fails !== undefined)) issues.push(wrong('must say either reply (or calls) or fails', value));
  });

const questionSchema = z.strictObject({
  argument: withDescription(text, 'The argument that the answer gives'),
  question: text,
  options: z.array(json).min(1).optional(),
});

const answerShape = {
  returns: withDescription(json.optional(), 'The result of the call'),
  fails: withDescription(text.optional(), 'What the call fails with'),
  retryable: z.boolean().optional(),
  not_done: withDescription(z.boolean().optional(), 'Nothing has happened outside'),
  asks: questionSchema.optional(),
  unknown: withDescription(z.literal(true).optional(), 'The call acted perhaps, and nothing was heard of it'),
};

const callLineSchema = z
  .strictObject({
    when: withDescription(text.optional(), 'An expression over $args: true for the calls that it answers'),
    ...answerShape,
  })
  .check(({ value, issues }) => {
    const problem = answerProblem(value);
    if (problem !== undefined) issues.push(wrong(problem, value));
  });

const toolLineSchema = z
  .strictObject({
    effect: withDescription(z.enum(TOOL_EFFECTS).optional(), 'Of a tool that portia does not bring; default: once'),
    ...answerShape,
    calls: withDescription(z.array(callLineSchema).min(1).optional(), 'One line for each call'),
  })
  .check(({ value, issues }) => {
    const { calls, ...answer } = value;
    const problem = calls === undefined ? answerProblem(answer) : beside(answer);
    if (problem !== undefined) issues.push(wrong(problem, value));
  });

const path = z.union([text, z.int().min(0)]);

const callSchema = z.union([text, z.strictObject({ tool: text, args: jsonObject.optional(), step: path.optional() })]);

const callsSchema = z.strictObject({
  order: withDescription(
    z.enum(['same', 'any', 'within']).optional(),
    'same: these and no others; any: the same in any order; within: these in this order, and perhaps others',
  ),
  list: z.array(callSchema),
});

const limitsSchema = z.strictObject({
  model_calls: count.optional(),
  tool_calls: count.optional(),
  tokens: count.optional(),
});

const expectSchema = z
  .strictObject({
    state: z.enum(RUN_STATES).optional(),
    exit_code: z.int().min(0).max(255).optional(),
    outputs: withDescription(z.record(text, json).optional(), 'By the name of the output; others may be there'),
    that: withDescription(z.array(text).optional(), 'Expressions over inputs and outputs that must be true'),
    calls: withDescription(callsSchema.optional(), 'Calls of tools'),
    never: withDescription(z.array(text).optional(), 'Tools, or globs, that are not called'),
    skipped: withDescription(z.array(path).optional(), 'Paths of steps that are skipped'),
    asks: withDescription(z.array(text).optional(), 'Names of the questions, in order'),
    error: z
      .strictObject({ step: path.optional(), code: z.enum(ERROR_CODES).optional(), message: text.optional() })
      .optional(),
    files: withDescription(z.record(text, z.string().nullable()).optional(), 'Content after the run; null: not there'),
    at_most: limitsSchema.optional(),
    at_least: limitsSchema.optional(),
  })
  .check(({ value, issues }) => {
    if (Object.values(value).every((each) => each === undefined))
      issues.push(wrong('expects nothing: say what must come out, such as state: COMPLETE', value));
  });

const caseSchema = z.strictObject({
  name: text,
  inputs: z.record(text, json).optional(),
  files: withDescription(z.record(text, z.string()).optional(), 'Texts by their paths in the folder of the case'),
  clock: time.optional(),
  model: withDescription(z.array(modelLineSchema).optional(), 'What models say: each line once, in order'),
  tools: withDescription(
    z.record(text, z.union([z.literal('real'), toolLineSchema])).optional(),
    'What calls of tools give, by their ids',
  ),
  answers: withDescription(z.record(text, json).optional(), 'By the name or place of the question; each is used once'),
  approve: withDescription(z.array(text).optional(), 'Tools, or globs, whose calls are agreed to'),
  unused: withDescription(z.literal('allow').optional(), 'Lines and answers may be left over'),
  expect: expectSchema,
});

/** A file of tests, as people write it. */
export const testFileSchema = z.strictObject({
  plan: withDescription(text, 'The file of the plan, from the folder of this file'),
  clock: withDescription(time.optional(), 'The time that the runs see: ISO 8601'),
  cases: z.array(caseSchema).min(1),
});

export type TestFile = z.infer<typeof testFileSchema>;
export type TestCase = TestFile['cases'][number];
export type ModelLine = z.infer<typeof modelLineSchema>;
export type ToolLine = z.infer<typeof toolLineSchema>;
export type CallLine = z.infer<typeof callLineSchema>;
export type Expectation = z.infer<typeof expectSchema>;
export type ExpectedCall = z.infer<typeof callSchema>;

/** The keys that each part of a file has, by a pattern of its path. */
export const KNOWN_KEYS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^$/, Object.keys(testFileSchema.shape)],
  [/^cases\/\d+$/, Object.keys(caseSchema.shape)],
  [/^cases\/\d+\/expect$/, Object.keys(expectSchema.shape)],
  [/^cases\/\d+\/expect\/calls$/, Object.keys(callsSchema.shape)],
  [/^cases\/\d+\/expect\/calls\/list\/\d+$/, ['tool', 'args', 'step']],
  [/^cases\/\d+\/expect\/error$/, ['step', 'code', 'message']],
  [/^cases\/\d+\/expect\/at_(most|least)$/, Object.keys(limitsSchema.shape)],
  [/^cases\/\d+\/model\/\d+$/, Object.keys(modelLineSchema.shape)],
  [/^cases\/\d+\/model\/\d+\/calls\/\d+$/, ['tool', 'args']],
  [/^cases\/\d+\/tools\/[^/]+$/, Object.keys(toolLineSchema.shape)],
  [/^cases\/\d+\/tools\/[^/]+\/calls\/\d+$/, Object.keys(callLineSchema.shape)],
  [/\/asks$/, Object.keys(questionSchema.shape)],
];

/** Finds a text in another one: a part of it, or a /regular expression/. Undefined when it is not one. */
export function patternOf(written: string): ((content: string) => boolean) | undefined {
  const [, source, flags] = /^\/(.+)\/([imsu]*)$/s.exec(written) ?? [];
  if (source === undefined) return (content) => content.includes(written);
  try {
    const expected = new RegExp(source, flags);
    return (content) => expected.test(content);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

type Answer = { [Key in keyof typeof answerShape]?: unknown };

const WAYS = ['returns', 'fails', 'asks', 'unknown'] as const;

function answerProblem(answer: Answer): string | undefined {
  const said = WAYS.filter((way) => answer[way] !== undefined);
  if (said.length !== 1) return `must say one of: ${WAYS.join(', ')}`;
  return answer.fails === undefined && (answer.retryable ?? answer.not_done) !== undefined
    ? 'says retryable or not_done, which belong to fails'
    : undefined;
}

function beside(answer: Answer & { effect?: unknown }): string | undefined {
  const { effect: _, ...others } = answer;
  return Object.values(others).some((each) => each !== undefined) ? 'says more than its calls' : undefined;
}

function wrong(message: string, input: unknown) {
  return { code: 'custom' as const, message, input };
}
