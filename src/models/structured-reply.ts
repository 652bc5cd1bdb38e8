import { randomBytes } from 'node:crypto';

import { PortiaError } from '../domain/errors.js';
import type { Json, JsonSchema } from '../domain/values/json.js';
import { MARK_BYTES, marksOf, type Marks } from '../domain/values/marks.js';
import { withObjectRoot } from '../domain/values/object-root.js';
import type { Usage } from '../domain/plan/plan.js';
import { sumUsage } from '../domain/plan/usage.js';
import { checkStructured } from './check-structured.js';
import {
  BrokenReply,
  type CompleteOptions,
  type Model,
  type ModelMessage,
  type ModelReply,
  type ModelRequest,
} from './model.js';
import { NO_TEXT } from './protocols/message-order.js';
import { repairPrompt } from './repair-prompt.js';
import { asksForRoot, askDownwards, ladderOf, noteMisfit } from './schema-ladder.js';
import { shorten } from './shorten.js';
import { unusable } from './unusable-reply.js';

export interface StructuredOptions {
  /** What is asked for, e.g. `plan`: letters, digits, `_` and `-`. */
  name: string;
  schema: JsonSchema;
  /** What is wrong with the value, one sentence each; empty when it is good. */
  validate(value: Json): string[];
  signal: AbortSignal;
  /** For each call, as `complete` takes it. */
  timeoutMs?: number | undefined;
  job?: string | undefined;
  onText?: CompleteOptions['onText'];
  /**
   * Called before the reply is asked for again, with what the first one cost, and that reply with what is said about it;
   * what it throws ends the call.
   */
  beforeRepair?: ((spent: Usage, turn: readonly ModelMessage[]) => void) | undefined;
}

export interface StructuredReply {
  value: Json;
  /** The last reply, with the usage of all calls that were made for it. */
  reply: ModelReply;
  /** The first number of the value that became a text, because no number can keep its digits. */
  keptDigits?: string | undefined;
}

/** Under which an answer that is not an object is asked for. */
const ROOT_KEY = 'result';

const MAX_REPEATED_CHARACTERS = 50_000;

/**
 * A JSON value that is valid, by the strictest way that the endpoint takes, with one chance to correct it.
 * Rejects with a PortiaError `model-reply-unusable` that names the problems, and with all that `complete` rejects with
 * but FormatRejected; `usage` in it is that of all calls.
 */
export async function completeStructured(
  model: Model,
  request: ModelRequest,
  options: StructuredOptions,
): Promise<StructuredReply> {
  const root = withObjectRoot(options.schema, ROOT_KEY);
  const ladder = ladderOf(model, root.schema);
  const marks = marksOf(randomBytes(MARK_BYTES).toString('hex'));
  const asking = { ...options, ladder, root, marks };
  const ask = (messages: ModelMessage[]) => askDownwards(model, { ...request, messages }, asking);
  const check = ({ text }: ModelReply) => checkStructured(text, { ...options, root, inRoot: asksForRoot(ladder) });

  const first = await ask(request.messages);
  const checked = await check(first);
  if (checked.ok) return { value: checked.value, reply: first, keptDigits: checked.first };
  noteMisfit(ladder);

  const turn = repairTurn(first, checked.problems, marks);
  options.beforeRepair?.(first.usage, turn);
  const second = await ask([...request.messages, ...turn]).catch((error: unknown) => {
    throw withUsage(error, first.usage);
  });
  const reply = { ...second, usage: sumUsage(first.usage, second.usage) };
  const rechecked = await check(second);
  if (rechecked.ok) return { value: rechecked.value, reply, keptDigits: rechecked.first };
  const told = rechecked.problems.map((problem) => shorten(problem)).join('; ');
  const problems = told.replace(/\.$/, '');
  throw unusable(model.id, `It is not a valid ${options.name}, even after it was told what is wrong: ${problems}.`, {
    usage: reply.usage,
  });
}

/** The same error, with what the calls before it cost. */
function withUsage(error: unknown, usage: Usage): unknown {
  if (!(error instanceof PortiaError)) return error;
  const { code, message, details } = error;
  const all = { ...details, usage: sumUsage(usage, details.usage) };
  return error instanceof BrokenReply ? new BrokenReply(message, all) : new PortiaError(code, message, all);
}

function repairTurn({ text, given }: ModelReply, problems: string[], marks: Marks): ModelMessage[] {
  return [
    {
      role: 'assistant',
      text: text.slice(0, MAX_REPEATED_CHARACTERS) || NO_TEXT,
      ...(text.length <= MAX_REPEATED_CHARACTERS && { given }),
    },
    { role: 'user', text: repairPrompt(problems, marks) },
  ];
}
