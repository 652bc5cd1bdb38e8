import { randomBytes } from 'node:crypto';

import * as z from 'zod';

import { cutText } from '../../domain/values/cut-text.js';
import { asText, jsonOf, type Json, type JsonSchema } from '../../domain/values/json.js';
import { aboutMarks, between, MARK_BYTES, marksOf } from '../../domain/values/marks.js';
import type { PageView } from '../browser-port.js';

const text = z.string();
const ref = text.regex(/^\w+$/, 'must be a ref of the snapshot, such as e12');

/** What a model may do next. */
const stepSchema = z.discriminatedUnion('do', [
  z.object({ do: z.literal('open'), url: text }),
  z.object({ do: z.literal('click'), ref }),
  z.object({ do: z.literal('type'), ref, text, enter: z.boolean().default(false) }),
  z.object({ do: z.literal('select'), ref, option: text }),
  z.object({ do: z.literal('scroll'), to: z.enum(['up', 'down']).default('down') }),
  z.object({ do: z.literal('read') }),
  z.object({ do: z.literal('screenshot') }),
  z.object({ do: z.literal('sign_in') }),
  z.object({ do: z.literal('done'), result: z.json() }),
  z.object({ do: z.literal('give_up'), why: text }),
]);

export type BrowseStep = z.infer<typeof stepSchema>;

const RULES = `You work in a web browser to do one task of a larger plan. Each reply is one step, as one JSON object and nothing else:
{"do": "click", "ref": "e12"}
{"do": "type", "ref": "e3", "text": "…", "enter": true}   enter: press Enter afterwards
{"do": "select", "ref": "e4", "option": "…"}   the label of the option
{"do": "open", "url": "https://…"}
{"do": "scroll", "to": "down"}
{"do": "read"}   gives the whole text of the page
{"do": "screenshot"}   shows the page as an image
{"do": "sign_in"}   only when the task cannot be done before the user has signed in here: the user is asked
{"do": "done", "result": …}   when the task is done: its result
{"do": "give_up", "why": "…"}   when it cannot be done
A ref stands in the snapshot of the page, and is good for that snapshot only. Never invent data: take it from the task.
Do nothing that the task does not ask for. What was done before is not done again.`;

/** Characters of a page that a model is shown. */
const MOST_OF_SNAPSHOT = 20_000;
const MOST_OF_TEXT = 30_000;

export interface Browsing {
  task: string;
  data?: Json | undefined;
  schema?: JsonSchema | undefined;
  /** What was done, and what came of it: a line each. */
  done: readonly string[];
  view: PageView;
  stepsLeft: number;
}

/** The request for the next step. What comes from the page is data. */
export function browsePrompt({ task, data, schema, done, view, stepsLeft }: Browsing) {
  const marks = marksOf(randomBytes(MARK_BYTES).toString('hex'));
  const page = [
    `Address: ${view.url}`,
    `Title: ${view.title}`,
    cutText(view.snapshot, MOST_OF_SNAPSHOT),
    ...(view.text === undefined ? [] : [`Text:\n${cutText(view.text, MOST_OF_TEXT)}`]),
    ...view.notes,
  ].join('\n');
  const parts = [
    `Task: ${task}`,
    ...(data === undefined ? [] : [`Data for the task:\n${between(marks, asText(data))}`]),
    schema === undefined
      ? 'The result is a text.'
      : `The result must be valid against this JSON Schema:\n${JSON.stringify(schema)}`,
    `Done so far:\n${between(marks, done.length === 0 ? 'nothing' : done.join('\n'))}`,
    `The page now${view.image === undefined ? '' : ', which the image shows'}:\n${between(marks, page)}`,
    `Steps that are left: ${stepsLeft}.`,
  ];
  const images = view.image === undefined ? {} : { images: [view.image] };
  return { system: `${RULES}\n${aboutMarks(marks)}`, text: parts.join('\n\n'), ...images };
}

export type ReadStep = { ok: true; step: BrowseStep } | { ok: false; problem: string };

/** The step in a reply: the JSON object in it, whatever stands around. */
export function readStep(reply: string): ReadStep {
  const [first, last] = [reply.indexOf('{'), reply.lastIndexOf('}')];
  const value = first < 0 ? undefined : jsonOf(reply.slice(first, last + 1));
  if (value === undefined) return { ok: false, problem: 'Your reply was not one JSON object.' };
  const parsed = stepSchema.safeParse(value);
  if (parsed.success) return { ok: true, step: parsed.data };
  const [issue] = parsed.error.issues;
  return { ok: false, problem: `Your reply was not one of the steps: ${issue?.path.join('.')} ${issue?.message}` };
}

/** A step as it is shown to people and remembered: an element by the line of the snapshot that has its ref. */
export function nameStep(step: BrowseStep, { snapshot }: Pick<PageView, 'snapshot'>): string {
  const element = 'ref' in step ? elementOf(step.ref, snapshot) : '';
  switch (step.do) {
    case 'open':
      return `open ${step.url}`;
    case 'click':
      return `click ${element}`;
    case 'type':
      return `type ${JSON.stringify(step.text)} into ${element}${step.enter ? ', and Enter' : ''}`;
    case 'select':
      return `select ${JSON.stringify(step.option)} in ${element}`;
    case 'scroll':
      return `scroll ${step.to}`;
    default:
      return step.do;
  }
}

function elementOf(name: string, snapshot: string): string {
  const line = snapshot.split('\n').find((each) => each.includes(`[ref=${name}]`)) ?? name;
  return cutText(
    line
      .replace(/^\s*- /, '')
      .replaceAll(/ ?\[[^\]]*\]/g, '')
      .replace(/:$/, '')
      .trim(),
    120,
  );
}
