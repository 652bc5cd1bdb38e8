import * as z from 'zod';

import { REPLY_KEYS, type HookName } from '../domain/values/hook-names.js';
import { isJsonObject, type Json, type JsonObject } from '../domain/values/json.js';
import { nearestName } from '../domain/values/nearest-name.js';
import { json } from '../domain/values/schema-atoms.js';
import type { ClarificationRequest } from '../domain/run/clarification.js';
import { questionProblem } from '../tools/question-problem.js';

const said = z.string().trim().min(1, 'must say something');
const object = z.custom<JsonObject>(isJsonObject, 'must be an object');
const request = z.custom<ClarificationRequest>(isJsonObject, 'must be a text, a question or a list of questions');
const ask = z.union([said, z.array(request).min(1), request], 'must be a text, a question or a list of questions');

/** A sentence, or questions. */
type Asked = string | ClarificationRequest | ClarificationRequest[];

/** What each hook that can change something may reply. */
interface Replies {
  afterPlan: { plan?: JsonObject | undefined; refuse?: string | undefined };
  beforeStep: { skip: string };
  beforeToolCall: {
    args?: JsonObject | undefined;
    ask?: Asked | undefined;
    refuse?: string | undefined;
    result?: Json | undefined;
  };
  afterToolCall: { result?: Json | undefined; ask?: Asked | undefined; fail?: string | undefined };
  onQuestion: { answer: Json };
}

/** A hook that can change something. */
export type ChangingHook = keyof Replies;
export type ReplyOf<Name extends ChangingHook> = Replies[Name];

const REPLIES: { readonly [Name in ChangingHook]: z.ZodType<Replies[Name]> } = {
  afterPlan: z.object({ plan: object.optional(), refuse: said.optional() }),
  beforeStep: z.object({ skip: said }),
  beforeToolCall: z.object({
    args: object.optional(),
    ask: ask.optional(),
    refuse: said.optional(),
    result: json.optional(),
  }),
  afterToolCall: z.object({ result: json.optional(), ask: ask.optional(), fail: said.optional() }),
  onQuestion: z.object({ answer: json }),
};

/** What a hook replied, or what is wrong with that, as the end of a sentence about the hook. */
export type ReadReply<Name extends ChangingHook> = { ok: true; reply: ReplyOf<Name> } | { ok: false; problem: string };

export async function readReply<Name extends ChangingHook>(name: Name, returned: Json): Promise<ReadReply<Name>> {
  const problem = shapeProblem(name, returned);
  if (problem !== undefined) return { ok: false, problem };
  const read = REPLIES[name].safeParse(returned);
  if (!read.success) {
    const [issue] = read.error.issues;
    return { ok: false, problem: `returned a wrong ${String(issue?.path[0] ?? 'reply')}: it ${issue?.message ?? ''}` };
  }
  const wrong = await malformedQuestion(returned);
  return wrong === undefined ? { ok: true, reply: read.data } : { ok: false, problem: wrong };
}

/** What is wrong with the keys of a reply; a hook that can change nothing has no reply. */
export function shapeProblem(name: HookName, returned: Json): string | undefined {
  const keys: readonly string[] = REPLY_KEYS[name];
  if (keys.length === 0) return 'returned an object, and it can change nothing: let it return nothing';
  const way = `return ${keys.map((key) => `{ ${key}: … }`).join(' or ')}, or nothing`;
  if (!isJsonObject(returned)) return `returned ${JSON.stringify(returned).slice(0, 60)}: ${way}`;
  const given = Object.keys(returned);
  const unknown = given.find((key) => !keys.includes(key));
  if (unknown !== undefined) {
    const near = nearestName(unknown, keys);
    const shown = JSON.stringify(unknown);
    return `returned the key ${shown}: ${near === undefined ? way : `did you mean ${near}?`}`;
  }
  if (given.length === 1) return undefined;
  if (given.length === 0) return `returned an empty object: ${way}`;
  const { ask: question } = returned;
  const isChangeAndQuestion = given.length === 2 && given.includes('args') && typeof question === 'string';
  return isChangeAndQuestion ? undefined : `returned ${given.join(' and ')} together: ${way}`;
}

async function malformedQuestion(returned: Json): Promise<string | undefined> {
  const { ask: asked } = isJsonObject(returned) ? returned : {};
  if (asked === undefined || typeof asked === 'string') return undefined;
  for (const question of Array.isArray(asked) ? asked : [asked]) {
    const problem = await questionProblem(question);
    if (problem !== undefined) return `asked a malformed question: ${problem}`;
  }
  return undefined;
}
