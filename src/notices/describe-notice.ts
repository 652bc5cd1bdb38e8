import { CHANGE_WORDS } from '../domain/values/sign-in-change.js';
import { shortId } from '../domain/values/ids.js';
import { cutText } from '../domain/values/cut-text.js';
import { oneLine, printable } from '../domain/values/printable.js';
import type { NoticeItem, NoticeMessage } from './notice-port.js';

/** One item in words. Everything in it may come from a model or tool: whoever shows it escapes all of it. */
export interface DescribedItem {
  heading: string;
  lines: string[];
  /** Names of those whom it is for; empty for everybody. */
  people: string[];
  /** How it is answered or looked at without a link. */
  commands: string[];
  link: string | null;
}

const MOST_TEXT = 800;
const MOST_REQUEST = 200;
const MOST_ARGUMENTS = 500;
const MOST_TITLE = 150;

const MANY: Record<NoticeItem['kind'], string> = {
  question: 'questions wait for an answer',
  reminder: 'questions still wait for an answer',
  escalation: 'questions were not answered in time',
  failure: 'runs stopped without their result',
  end: 'runs are complete',
  sign_in: 'sign-ins changed',
};

/** What the whole message is about, on one line. */
export function titleOf({ items }: Pick<NoticeMessage, 'items'>): string {
  const [first] = items;
  if (first === undefined) return 'Nothing';
  if (items.length === 1) return cutText(headingOf(first), MOST_TITLE);
  const kinds = [...new Set(items.map(({ kind }) => kind))];
  return kinds
    .map((kind) => {
      const ofKind = items.filter((item) => item.kind === kind);
      return ofKind[0] !== undefined && ofKind.length === 1 ? headingOf(ofKind[0]) : `${ofKind.length} ${MANY[kind]}`;
    })
    .map((part) => cutText(part, MOST_TITLE))
    .join('; ');
}

export function describeItem(item: NoticeItem): DescribedItem {
  const { question, error, request, step, since, link, commands } = item;
  return {
    heading: headingOf(item),
    lines: [
      ...(question === null ? [] : cutText(printable(question.text), MOST_TEXT).split('\n')),
      ...(question?.tool_id ? [`Call: ${question.tool_id} ${shortJson(question.args ?? {})}`] : []),
      ...(question?.options ? [`Options: ${shortJson(question.options)}`] : []),
      ...(error === null ? [] : [cutText(oneLine([error.message, error.why].filter(Boolean).join(' ')), MOST_TEXT)]),
      ...(item.result === null ? [] : [`Result: ${shortJson(item.result)}`]),
      ...(request === null ? [] : [`Plan: ${cutText(oneLine(request), MOST_REQUEST)}`]),
      ...(item.change === undefined ? [] : [`${CHANGE_WORDS[item.change]}.`, NOT_YOU]),
      ...(item.run_id === null ? [] : [`Run: ${item.run_id}${step === null ? '' : `, step ${step}`}`]),
      `Since: ${since}${question?.until ? `, until ${question.until}` : ''}`,
    ],
    people: item.for.map(oneLine),
    commands: link === null ? commands.map(oneLine) : [],
    link,
  };
}

const NOT_YOU = 'If that was not you, tell whoever runs the pages of portia.';

function headingOf({ kind, run_id: id, for: people }: NoticeItem): string {
  const run = id === null ? '' : shortId(id);
  switch (kind) {
    case 'question':
      return `Run ${run} asks`;
    case 'reminder':
      return `Run ${run} still asks`;
    case 'escalation':
      return `Run ${run} asks, and nobody has answered`;
    case 'failure':
      return `Run ${run} stopped without its result`;
    case 'end':
      return `Run ${run} is complete`;
    case 'sign_in':
      return `The sign-in of ${people.map(oneLine).join(', ')} changed`;
  }
}

function shortJson(value: unknown): string {
  return cutText(printable(JSON.stringify(value)), MOST_ARGUMENTS);
}

/** How an item becomes a text for one service. */
export type WriteItem = (item: DescribedItem) => string;

/**
 * The items of a message as one text of at most `most` UTF-16 units: those that do not fit are counted. An item that is
 * too long alone is cut.
 */
export function fitItems({ items }: NoticeMessage, write: WriteItem, most: number): string {
  const written: string[] = [];
  let left = most - REST.length;
  for (const item of items) {
    const text = write(describeItem(item));
    if (text.length + 2 > left) break;
    written.push(text);
    left -= text.length + 2;
  }
  const rest = items.length - written.length;
  if (written.length === 0 && items[0] !== undefined) written.push(write(shortest(items[0])));
  return [...written, ...(rest > 0 && items.length > 1 ? [`… and ${rest} more: portia list`] : [])].join('\n\n');
}

const REST = '\n\n… and 1000000 more: portia list';

/** What tells of the item, and where it is. */
function shortest(item: NoticeItem): DescribedItem {
  return {
    heading: headingOf(item),
    lines: item.run_id === null ? [] : [`Run: ${item.run_id}`],
    people: [],
    commands: [],
    link: item.link,
  };
}

/** The same for a text without markup. */
export function plainText(message: NoticeMessage, most: number): string {
  return fitItems(
    message,
    (item) => [item.heading, ...plainLines(item), ...(item.link === null ? [] : [item.link])].join('\n'),
    most,
  );
}

/** All but the heading and the link. */
export function plainLines({ lines, people, commands }: DescribedItem): string[] {
  return [...lines, ...(people.length === 0 ? [] : [`For: ${people.join(', ')}`]), ...commands];
}
