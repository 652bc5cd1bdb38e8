import { jsonOf } from '../../domain/values/json.js';
import { codeFinder, isInSentence, isQuoted } from './code-finder.js';
import { readHarmony } from './harmony.js';

/** The blocks in which reasoning models write their thoughts. */
const TAG = /<(\/?)(?:seed:)?(?:think|thinking|thought|reasoning)>|\[(\/?)THINK\]/gi;

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
    answer: answer === plain ? plain : answer.trimStart(),
    thoughts: [...channels.thoughts, ...thoughts],
    calls: channels.calls,
  };
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
    const tag = { start: match.index, end: match.index + match[0].length, closes: (match[1] ?? match[2]) === '/' };
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
