import * as z from 'zod';

import { cutText } from '../../domain/values/cut-text.js';
import { jsonOf } from '../../domain/values/json.js';
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
