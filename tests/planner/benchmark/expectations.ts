import * as z from 'zod';

import { STEP_KINDS } from '../../../src/domain/plan/step-kinds/step-kinds.js';
import type { StepKindName } from '../../../src/domain/plan/plan.js';
import type { Json } from '../../../src/domain/values/json.js';

const text = z.string();
const texts = z.array(text);
const count = z.number().int().min(0);
const json: z.ZodType<Json> = z.json();
/** `input`, `input:NAME`, `tool:ID`, `call:ID` of `calls`, `ask`, `model`, `compute`, `item`. */
const sources = texts;
/** A tool, the `id` of a call, or one of these: `verify`, `ask`, `question` (either), `llm`, `compute`, `exit`. */
const word = text;
const kind = z.enum(Object.keys(STEP_KINDS) as [StepKindName, ...StepKindName[]]);

/** What an argument must be. Of a step whose arguments a model finds, its task is looked at. */
const argument = z
  .strictObject({
    /** This very value, also as the default of a plan input. */
    is: json,
    /** This text is part of it, or of what made it. */
    holds: text,
    /** A pattern, without regard to case. */
    like: text,
    from: sources,
    from_any: sources,
    not_from: sources,
  })
  .partial();

const call = z.strictObject({
  tool: text,
  /** By which other expectations name the steps that fit. */
  id: text.optional(),
  /** No model is needed to call it. */
  direct: z.literal(true).optional(),
  loop: z.enum(['none', 'any', 'for_each', 'while', 'nested']).optional(),
  /** Its loop goes over a list from there. */
  over: sources.optional(),
  /** `nothing`: it is done in every case; else only in some, which depend on these. */
  depends_on: z.union([z.enum(['nothing', 'something']), sources]).optional(),
  /** Steps that call the tool. */
  most: count.optional(),
  /** Every step that calls the tool must fit, not only one. */
  every: z.literal(true).optional(),
  args: z.record(text, argument).optional(),
});

/** Nobody gets to the act without this question. */
const question = z.strictObject({
  before: word,
  /** `verify`: a no ends the run. `input`: the answer decides. `value`: the answer is used. Default: one of the first two. */
  by: z.enum(['verify', 'input', 'value']).optional(),
  /** `each`: of every item of a loop; `once`: for all of them. */
  times: z.enum(['each', 'once']).optional(),
  /** A no leaves out one item and does not end the run. */
  no_skips: z.literal(true).optional(),
  shows: sources.optional(),
  options: texts.optional(),
});

/** What a right plan for a request has, beside what every right plan has. A key that is absent asks for nothing. */
export const expectationsSchema = z
  .strictObject({
    /** There is no plan but an error, which these patterns find. Nothing else is judged. */
    refuses: texts,
    /** Of each list one kind appears. */
    kinds: z.array(z.array(kind)),
    no_kinds: z.array(kind),
    calls: z.array(call),
    /** Acts that are allowed, and not needed. */
    may_call: texts,
    unused_tools: texts,
    /** Each second one comes after a first one. */
    order: z.array(z.tuple([word, word])),
    questions: z.array(question),
    most_questions: count,
    inputs: z.array(
      z.strictObject({
        /** A pattern of the name or the description. */
        like: text,
        type: texts.optional(),
        default: json.optional(),
        required: z.literal(true).optional(),
      }),
    ),
    most_inputs: count,
    loops: z
      .strictObject({
        deep: count,
        over: sources,
        /** One goes over just these texts. */
        over_exactly: texts,
        /** Rounds of a loop that repeats, at most. */
        most_rounds: count,
      })
      .partial(),
    /** Never both. */
    either: z.array(z.tuple([word, word])),
    /** In some cases the run ends before the act, and how. */
    stops: z.array(z.strictObject({ before: word, on: sources, as: z.enum(['failure', 'success']).optional() })),
    /** The form of the result is declared, or computed. */
    result: z.strictObject({ type: text.optional(), items: z.literal(true).optional(), required: texts.optional() }),
    /** Places where a model works. */
    model: z.strictObject({ least: count, most: count, in_loops: count }).partial(),
    retries: z.array(z.strictObject({ tool: word, least: count, most: count.optional() })),
    /** An expression works with these sources; patterns of what is in it. */
    computed: z.array(z.strictObject({ from: sources.optional(), like: texts.optional() })),
    /** They are in the plan, character by character. */
    texts,
  })
  .partial();

export type Expectations = z.infer<typeof expectationsSchema>;
export type ExpectedCall = z.infer<typeof call>;
export type ExpectedArgument = z.infer<typeof argument>;
export type ExpectedQuestion = z.infer<typeof question>;
