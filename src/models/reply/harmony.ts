/** One message of OpenAI's Harmony format, in which some servers leave what a model wrote. */
export interface HarmonyMessage {
  channel: 'analysis' | 'commentary' | 'final';
  /** The function that is called: `functions.search`. */
  to: string | undefined;
  text: string;
}

/** Begins a message; the first mark may stand in the prompt. */
const HEADER = /(?:^|<\|channel\|>)\s*(analysis|commentary|final)\b([^<]*(?:<\|constrain\|>[^<]*)?)<\|message\|>/g;
const END = /<\|(?:end|return|call|start|channel)\|>/;
/** In a header the function may also stand before the channel, behind the role. */
const TO_BEFORE = /(?:assistant|\|>|^)\s*to=([^\s<]+)\s*$/;
const TO_INSIDE = /\bto=([^\s<]+)/;
const LONGEST_ROLE = 200;

/** The same when a server has removed the marks. */
const BARE_FINAL = /^analysis([^]*)assistantfinal/;
const BARE_CALL = /^(?:analysis([^]*?)assistant)?commentary to=([\w.:-]+?) ?(?:json|code)? ?(?=\{)/;

/** The messages in a text; undefined when it is not in this format. `isCode` says of a position that it is in code. */
export function readHarmony(text: string, isCode: (position: number) => boolean): HarmonyMessage[] | undefined {
  const headers = [...text.matchAll(HEADER)].filter(({ index }) => !isCode(index) && text[index - 1] !== '`');
  if (headers.length === 0) return readBare(text);
  return headers.map(({ 0: header, 1: channel, 2: rest = '', index }) => {
    const before = text.slice(Math.max(0, index - LONGEST_ROLE), index);
    const [, to] = TO_INSIDE.exec(rest) ?? TO_BEFORE.exec(before) ?? [];
    return { channel: channelOf(channel), to, text: contentAt(text, index + header.length) };
  });
}

function contentAt(text: string, start: number): string {
  const content = text.slice(start);
  const end = content.search(END);
  return end < 0 ? content : content.slice(0, end);
}

function channelOf(name: string | undefined): HarmonyMessage['channel'] {
  return name === 'final' || name === 'commentary' ? name : 'analysis';
}

function readBare(text: string): HarmonyMessage[] | undefined {
  const final = BARE_FINAL.exec(text);
  const found = final ?? BARE_CALL.exec(text);
  if (found === null) return undefined;
  const [header, thought = '', to] = found;
  const rest = { channel: final === null ? ('commentary' as const) : ('final' as const), to };
  return [
    { channel: 'analysis', to: undefined, text: thought },
    { ...rest, text: text.slice(header.length) },
  ];
}
