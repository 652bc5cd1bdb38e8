import { jsonOf } from '../../domain/values/json.js';
import { codeFinder, isInSentence, isQuoted } from './code-finder.js';
import { readHarmony } from './harmony.js';

const NAMES = '(?:seed:)?(?:think(?:ing|_fast|_faster)?|thoughts?|reasoning|antthinking|scratchpad)';
const OPENING = [
  String.raw`<${NAMES}\s{0,9}>`,
  String.raw`\[THINK\]`,
  '◁think▷',
  String.raw`<\|(?:think|thinking_start|begin_of_thought|START_THINKING|inner_prefix)\|>`,
  String.raw`<\|channel>(?:thought\b)?`,
  String.raw`<unused94>(?:thought\b)?`,
];
const CLOSING = [
  String.raw`<\/${NAMES}\s{0,9}>`,
  String.raw`\[\/THINK\]`,
  '◁/think▷',
  String.raw`<\|(?:\/think|thinking_end|end_of_thought|END_THINKING|inner_suffix)\|>`,
  String.raw`<channel\|>`,
  '<unused95>',
];
/** The marks around what reasoning models think; those in its group close. */
const TAG = new RegExp(`(${CLOSING.join('|')})|${OPENING.join('|')}`, 'gi');
/** The same in a sentence. */
const SPOKEN = /^\s{0,99}Here(?:'s| is) my thought process:([^]*?)\bHere(?:'s| is) my response:/;
/** What some models put around the answer alone, and what others put around it behind thoughts. */
const FRAME =
  /^\s*<\|(?:begin_of_(?:solution|box)|START_RESPONSE)\|>([^]*?)(?:<\|(?:end_of_(?:solution|box)|END_RESPONSE)\|>\s*)?$/;
const FRAME_BEHIND_THOUGHTS = /^\s*<(answer|response|output)>([^]*)<\/\1>\s*$/;

/** A text divided into what was answered and what was thought. */
export interface DividedText {
  /** Empty when there are only thoughts. */
  answer: string;
  thoughts: string[];
  /** Calls that stand in channels of their own. */
  calls: { name: string; arguments: string }[];
}

/** What a model answered, without its thoughts: see `divideThoughts`. */
export function withoutThoughts(text: string): string {
  return divideThoughts(text).answer;
}

/**
 * Takes the thoughts apart that some servers leave in the text: in blocks, before a closing tag whose opening one is in
 * the prompt, or in channels. What the answer says about such tags stays (in code, in quotes, both in one sentence), and
 * so does an answer that is JSON.
 */
export function divideThoughts(text: string): DividedText {
  const plain = text.replace(/^\uFEFF/, '');
  if (isJson(plain)) return { answer: plain, thoughts: [], calls: [] };
  const channels = divideChannels(plain);
  const { answer, thoughts } = divideBlocks(channels.answer);
  return {
    answer: answer === plain ? withoutFrame(plain) : withoutFrame(answer.trimStart(), FRAME_BEHIND_THOUGHTS),
    thoughts: [...channels.thoughts, ...thoughts],
    calls: channels.calls,
  };
}

function withoutFrame(answer: string, other?: RegExp): string {
  const inside = FRAME.exec(answer)?.[1] ?? other?.exec(answer)?.[2];
  return inside === undefined ? answer : inside.trim();
}

function divideChannels(text: string): DividedText {
  const messages = readHarmony(text, codeFinder(text));
  if (messages === undefined) return { answer: text, thoughts: [], calls: [] };
  const written = messages.filter(({ to }) => to === undefined);
  return {
    answer: written.flatMap((message) => (message.channel === 'final' ? [message.text] : [])).join(''),
    thoughts: written.flatMap((message) => (message.channel === 'final' ? [] : [message.text])),
    calls: messages.flatMap(({ to, text: args }) => (to === undefined ? [] : [{ name: to, arguments: args }])),
  };
}

function divideBlocks(text: string): Omit<DividedText, 'calls'> {
  const spoken = SPOKEN.exec(text);
  if (spoken !== null) return { answer: text.slice(spoken[0].length), thoughts: [spoken[1] ?? ''] };
  let answer = '';
  const thoughts: string[] = [];
  let isThought = false;
  let read = 0;
  for (const [index, { start, end, closes }] of findTags(text).entries()) {
    const piece = text.slice(read, start);
    if (!closes) answer += piece;
    else if (isThought) thoughts.push(piece);
    else {
      // A closing tag alone ends all that stands before it.
      thoughts.push(answer + piece);
      answer = '';
    }
    isThought = !closes;
    read = end;
    if (closes && index <= 1 && isJson(text.slice(end))) break;
  }
  const rest = text.slice(read);
  return isThought ? { answer, thoughts: [...thoughts, rest] } : { answer: answer + rest, thoughts };
}

interface Tag {
  start: number;
  end: number;
  closes: boolean;
}

/** The tags that begin or end thoughts, in order. */
function findTags(text: string): Tag[] {
  const tags: Tag[] = [];
  const isCode = codeFinder(text);
  let isThought = false;
  let isAboutTags = false;
  for (const match of text.matchAll(TAG)) {
    const tag = { start: match.index, end: match.index + match[0].length, closes: match[1] !== undefined };
    if (isThought) {
      // Thoughts end at the first closing tag, whatever they say.
      if (!tag.closes) continue;
    } else {
      if (isCode(tag.start) || isQuoted(text, tag)) continue;
      if (isInSentence(text, tag) && (!tag.closes || isAboutTags)) {
        isAboutTags = true;
        continue;
      }
    }
    tags.push(tag);
    isThought = !tag.closes;
  }
  return tags;
}

function isJson(text: string): boolean {
  return /^\s*["{[]/.test(text) && jsonOf(text) !== undefined;
}
