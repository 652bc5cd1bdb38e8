import { checkAnswer, readArguments, type ValidateSchema } from '../clarifications/parse-answer.js';
import {
  ALWAYS,
  asksAboutCall,
  FOR_THIS_RUN,
  mayHoldForRun,
  noBecause,
  yesWith,
} from '../domain/run/approval-answers.js';
import type { Approval } from '../domain/run/clarification.js';
import { canonicalJson, type Json, type JsonObject } from '../domain/values/json.js';
import { printable } from '../domain/values/printable.js';
import type { Viewed } from './pager.js';
import { askKey, askText, type Asked, type KeyChoice, type Terminal } from './prompts.js';
import { callDetails, callReminder } from './question-view.js';
import { wrapTo } from './text-width.js';

/** A text that a person had in an editor. */
export type Edited = { kind: 'edited'; text: string } | { kind: 'failed'; why: string } | { kind: 'interrupted' };

export interface ApprovalOptions extends Terminal {
  validate?: ValidateSchema | undefined;
  /** Shows a long text whole, in a pager. Without it nobody is offered to. */
  view?: ((text: string) => Promise<Viewed>) | undefined;
  /** Has a text edited in an editor, as a file of this name. Without it the person types on the line. */
  edit?: ((text: string, name: string) => Promise<Edited>) | undefined;
}

type Choice = boolean | typeof FOR_THIS_RUN | typeof ALWAYS | 'later' | 'view' | 'edit' | 'why';

/** Asks about a call. When it does not fit on a screen, the person can read it in a pager before answering. */
export async function askApproval(
  question: Approval,
  options: ApprovalOptions,
  signal: AbortSignal,
): Promise<Asked<Json>> {
  const { look, view } = options;
  const message = `Call ${question.tool_id} ${withArguments(question.args ?? {})}?`;
  const keys = keysOf(question, view !== undefined && callReminder(question, look).length > 0);
  let draft = question.args ?? {};
  for (;;) {
    const asked = await askKey<Choice>(options, { message, keys, signal });
    if (asked.kind !== 'answered') return asked;
    switch (asked.value) {
      case 'later':
        return { kind: 'later' };
      case 'view': {
        const guidance = wrapTo(printable(question.user_guidance), look.columns);
        const viewed = await view?.(`${[...guidance, ...callDetails(question, look)].join('\n')}\n`);
        if (viewed?.kind === 'interrupted') return { kind: 'interrupted' };
        break;
      }
      case 'why': {
        const why = await askText(options, { message: 'Why not? (an empty line goes back)', mayLeave: true, signal });
        if (why.kind === 'answered') return { kind: 'answered', value: noBecause(why.value) };
        if (why.kind === 'interrupted') return why;
        break;
      }
      case 'edit': {
        const changed = await changeArguments(question, draft, { options, signal });
        if (changed.kind === 'answered' || changed.kind === 'interrupted') return changed;
        draft = changed.draft;
        break;
      }
      case true:
      case false:
      case FOR_THIS_RUN:
      case ALWAYS:
        return { kind: 'answered', value: asked.value };
    }
  }
}

function withArguments(args: JsonObject): string {
  const { length } = Object.keys(args);
  if (length === 0) return 'without arguments';
  return length === 1 ? 'with exactly this argument' : `with exactly these ${length} arguments`;
}

function keysOf(question: Approval, canView: boolean): KeyChoice<Choice>[] {
  const later: KeyChoice<Choice> = { key: 'l', label: 'Leave it for later', value: 'later' };
  const view: KeyChoice<Choice>[] = canView ? [{ key: 'v', label: 'View everything', value: 'view' }] : [];
  const yes: KeyChoice<Choice> = { key: 'y', label: 'Yes, make this call', value: true };
  const no: KeyChoice<Choice> = { key: 'n', label: 'No, end the run', value: false };
  if (!asksAboutCall(question)) return [yes, no, ...view, later];
  const isTold = question.by_agent === true;
  const forRun: KeyChoice<Choice> = {
    key: 'a',
    label: 'Yes, and all its calls in this run',
    value: FOR_THIS_RUN,
    also: ['run'],
  };
  const keep: KeyChoice<Choice> = { key: 'k', label: 'Yes, always in this project', value: ALWAYS, also: ['always'] };
  return [
    yes,
    { key: 'e', label: 'Edit the arguments, then make the call', value: 'edit' },
    ...(mayHoldForRun(question) ? [forRun] : []),
    ...(question.may_keep === true ? [keep] : []),
    no,
    { key: 'w', label: isTold ? 'No, and tell the agent why' : 'No, and say why', value: 'why' },
    ...view,
    later,
  ];
}

/** What came of an attempt to change the arguments; `draft` is what is edited the next time. */
type Changed = Asked<Json> | { kind: 'again'; draft: JsonObject };

async function changeArguments(
  question: Approval,
  draft: JsonObject,
  { options, signal }: { options: ApprovalOptions; signal: AbortSignal },
): Promise<Exclude<Changed, { kind: 'later' }>> {
  const again = { kind: 'again', draft } as const;
  const say = async (text: string) => options.streams.err.write(`${options.look.colour.yellow(printable(text))}\n`);
  const edited = await editText(draft, { options, signal });
  if (edited.kind === 'interrupted') return edited;
  if (edited.kind === 'failed') {
    await say(edited.why);
    return again;
  }
  const read = readArguments(edited.text);
  if ('problem' in read) {
    await say(`This is ${read.problem}, so nothing was changed.`);
    return again;
  }
  const { args } = read;
  if (canonicalJson(args) === canonicalJson(question.args ?? {})) {
    await say('Nothing was changed.');
    return again;
  }
  const checked = checkAnswer(question, yesWith(args), options);
  if (checked.ok) return { kind: 'answered', value: checked.value };
  await say(`${checked.problem}.`);
  return { kind: 'again', draft: args };
}

async function editText(
  draft: JsonObject,
  { options, signal }: { options: ApprovalOptions; signal: AbortSignal },
): Promise<Edited> {
  if (options.edit !== undefined) return options.edit(`${JSON.stringify(draft, null, 2)}\n`, 'arguments.json');
  const typed = await askText(options, {
    message: 'Arguments',
    default: JSON.stringify(draft),
    isEdited: true,
    signal,
  });
  if (typed.kind === 'answered') return { kind: 'edited', text: typed.value };
  return typed.kind === 'later' ? { kind: 'failed', why: 'Nothing was changed.' } : typed;
}
