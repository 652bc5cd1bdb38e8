import { jsonOf } from '../domain/values/json.js';

/** The blocks in which reasoning models write their thoughts. */
const TAG = /<(\/?)(?:seed:)?(?:think|thinking|thought)>|\[(\/?)THINK\]/gi;
/** Begins a message of OpenAI's Harmony format; the first mark may stand in the prompt. */
const CHANNEL = /(?:^|<\|channel\|>)\s*(analysis|commentary|final)\b([^<]*(?:<\|constrain\|>[^<]*)?)<\|message\|>/g;
const CHANNEL_END = /<\|(?:end|return|call|start|channel)\|>/;
/** The same when a server has removed the marks. */
const BARE_CHANNELS = /^analysis[^]*assistantfinal/;

/**
 * What a model answered, without the thoughts that some servers leave in the text: in blocks, before a closing tag
 * whose opening one is in the prompt, or in channels. Empty when there are only thoughts. What the answer says about
 * such tags stays (in code, in quotes, both in one sentence), and so does an answer that is JSON.
 */
export function withoutThoughts(text: string): string {
  const plain = text.replace(/^\uFEFF/, '');
  if (isJson(plain)) return plain;
  const answer = withoutBlocks(withoutChannels(plain));
  return answer === plain ? plain : answer.trimStart();
}

function withoutChannels(text: string): string {
  const isCode = codeFinder(text);
  const headers = [...text.matchAll(CHANNEL)].filter(({ index }) => !isCode(index) && text[index - 1] !== '`');
  if (headers.length === 0) return text.replace(BARE_CHANNELS, '');
  const answers = headers
    .filter(([, channel, rest]) => channel === 'final' && rest?.includes('to=') !== true)
    .map(({ 0: header, index }) => {
      const content = text.slice(index + header.length);
      const end = content.search(CHANNEL_END);
      return end < 0 ? content : content.slice(0, end);
    });
  return answers.join('');
}

function withoutBlocks(text: string): string {
  let answer = '';
  let isThought = false;
  let read = 0;
  const tags = findTags(text);
  for (const [index, { start, end, closes }] of tags.entries()) {
    if (!closes) answer += text.slice(read, start);
    // A closing tag alone ends all that stands before it.
    else if (!isThought) answer = '';
    isThought = !closes;
    read = end;
    if (closes && index <= 1 && isJson(text.slice(end))) break;
  }
  return isThought ? answer : answer + text.slice(read);
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

function isQuoted(text: string, { start, end }: Tag): boolean {
  return /[`"'“‘«]/.test(text.charAt(start - 1)) && /[`"'”’»]/.test(text.charAt(end));
}

function isInSentence(text: string, { start, end }: Tag): boolean {
  return /[\p{L}\p{N},] $/u.test(text.slice(Math.max(0, start - 3), start)) && /[ .,;:)]/.test(text.charAt(end));
}

/** Says of each position whether it is in a code block that is closed. Positions must be asked in rising order. */
function codeFinder(text: string): (position: number) => boolean {
  const blocks: { start: number; end: number }[] = [];
  let start: number | undefined;
  for (const { 1: language, index } of text.matchAll(/^ {0,3}```([^`\n]*)$/gm)) {
    if (start === undefined || language?.trim() !== '') start = index;
    else {
      blocks.push({ start, end: index });
      start = undefined;
    }
  }
  let next = 0;
  return (position) => {
    while ((blocks[next]?.end ?? Infinity) < position) next += 1;
    return (blocks[next]?.start ?? Infinity) < position;
  };
}

function isJson(text: string): boolean {
  return /^\s*["{[]/.test(text) && jsonOf(text) !== undefined;
}
