import { readAction, readCallForms, type WrittenCall } from './call-forms.js';
import { offeredFunction } from './call-names.js';
import { codeFinder, isInSentence, isQuoted } from './code-finder.js';
import type { ModelTool } from '../model.js';
import { withoutTemplateMarks } from './template-marks.js';

/** Longer texts are answers. */
const MAX_CHARACTERS = 1_000_000;

const TAG = String.raw`(?:\w{1,20}[:_]|[|｜]DSML[|｜])?(?:tool_calls?|function_calls?|functioncall|TOOLCALL|tool_use)>`;
const WIDE = 'tool[_▁]calls?(?:_section)?';
const BEGINNING = [
  `<${TAG}`,
  String.raw`\[TOOL_(?:CALLS?|REQUEST)\]`,
  `<[|｜]${WIDE}(?:[_▁](?:begin|start))?[|｜]>`,
  String.raw`<\|tool_call>|<start_function_call>`,
  String.raw`<\|(?:python_tag|START_ACTION|action_start|tools_prefix|FunctionCallBegin)\|>`,
];
const ENDING = [
  `</${TAG}`,
  String.raw`\[(?:\/TOOL_CALLS?|END_TOOL_REQUEST)\]`,
  `<[|｜](?:/${WIDE}|${WIDE}[_▁]end)[|｜]>`,
  String.raw`<tool_call\|>|<end_function_call>`,
  String.raw`<\|(?:END_ACTION|action_end|tools_suffix|FunctionCallEnd)\|>`,
];
/** The marks between which models write calls, some without an end; those in its group end one. */
const MARK = new RegExp(`(${ENDING.join('|')})|${BEGINNING.join('|')}`, 'g');
/** Such a mark that names the function itself. */
const NAMED = /<(?:function=|(?:\w{1,20}:)?(?:invoke|function(?:_call)?|tool_call)\s+name=)/;
/** A name that can only be that of a function. */
const QUALIFIED = /^(?:to=)?(?:functions|default_api)[.:]/;

/** What a text without calls of the protocol turns out to be. */
export type WrittenCalls =
  /** `beside` is what else was said. */
  | { kind: 'calls'; calls: WrittenCall[]; beside: string }
  /** It has the marks of a call, and nobody can tell which. */
  | { kind: 'unreadable'; beside: string }
  | { kind: 'none' };

/**
 * The calls that a model wrote as text, because its server does not read them. A text without marks is a call only when
 * it is nothing else and names one of the `tools`. Calls in code and in quotes do not count.
 */
export async function findWrittenCalls(text: string, tools: readonly ModelTool[]): Promise<WrittenCalls> {
  if (text.length > MAX_CHARACTERS) return { kind: 'none' };
  const whole = withoutTemplateMarks(text);
  const marked = dividedByMarks(whole);
  if (marked === undefined) return findUnmarked(whole.trim(), tools);
  const { bodies, beside } = marked;
  const read = await Promise.all(bodies.map(readCallForms));
  const calls = read.filter((found) => found !== undefined);
  // To make some of them would lose the others.
  const isRead = calls.length === bodies.length && calls.length > 0;
  return isRead ? { kind: 'calls', calls: calls.flat(), beside } : { kind: 'unreadable', beside };
}

/** What is between marks and what is not; undefined for a text without marks. */
function dividedByMarks(text: string): { bodies: string[]; beside: string } | undefined {
  const isCode = codeFinder(text);
  const marks = [...text.matchAll(MARK)].filter(
    ({ 0: mark, index }) => !isCode(index) && !isTalkedOf(text, { start: index, end: index + mark.length }),
  );
  const named = dividedByName(text);
  if (marks.length === 0 || (named !== undefined && marks[0]?.[1] !== undefined)) return named;
  const bodies: string[] = [];
  const beside = [text.slice(0, marks[0]?.index)];
  for (const [place, mark] of marks.entries()) {
    const piece = text.slice(mark.index + mark[0].length, marks[place + 1]?.index);
    if (piece.trim() !== '') (mark[1] === undefined ? bodies : beside).push(piece);
  }
  return { bodies, beside: beside.join('\n').trim() };
}

/** In quotes, or in a sentence that is not interrupted by what a call begins with. */
function isTalkedOf(text: string, place: { start: number; end: number }): boolean {
  return isQuoted(text, place) || (isInSentence(text, place) && !/^ [{[]/.test(text.slice(place.end, place.end + 2)));
}

function dividedByName(text: string): { bodies: string[]; beside: string } | undefined {
  const start = text.search(NAMED);
  if (start < 0 || codeFinder(text)(start) || /[`"'“‘«]/.test(text.charAt(start - 1))) return undefined;
  return { bodies: [text.slice(start)], beside: text.slice(0, start).trim() };
}

async function findUnmarked(text: string, tools: readonly ModelTool[]): Promise<WrittenCalls> {
  const isOffered = ({ name }: WrittenCall) => offeredFunction(name, tools) !== undefined;
  const isJson = /^(?:```[\w-]*\s*)?[{[]/.test(text);
  // Of a function that is not offered, too: an answer does not look like that.
  const isCall = (call: WrittenCall) =>
    isOffered(call) || QUALIFIED.test(call.name) || (isJson && tools.length > 0 && call.arguments !== '{}');
  const whole = await readCallForms(text.replace(/^Action:\s*(?=```)/, ''));
  if (whole?.every(isCall)) return { kind: 'calls', calls: whole, beside: '' };
  const last = await readLast(text);
  return last?.calls.every(isOffered) ? { kind: 'calls', ...last } : { kind: 'none' };
}

/** A call at the end of what is said before it: in a code block, or as JSON that begins with its name. */
async function readLast(text: string): Promise<{ calls: WrittenCall[]; beside: string } | undefined> {
  const action = readAction(text);
  if (action !== undefined) return { calls: [action], beside: '' };
  const starts = [...text.matchAll(/^```|\{\s{0,20}"(?:name|tool_calls|function)"\s{0,20}:/gm)].map(
    ({ index }) => index,
  );
  for (const start of starts.slice(0, 3)) {
    const calls = await readCallForms(text.slice(start));
    if (calls !== undefined) return { calls, beside: text.slice(0, start).trim() };
  }
  return undefined;
}
