import { startJsonServer, type Answer, type JsonServer } from './json-server.js';

/** What a model was shown in one request, in order. */
export interface Seen {
  /** All texts, joined by line ends. */
  text: string;
  /** `image/png 67`: the type that was said, and the number of bytes. */
  images: string[];
  /** Roles of the messages, or types of the items. */
  order: string[];
}

export interface SeeingServer extends JsonServer {
  baseUrl: string;
  seen: Seen[];
}

type Parts = Record<string, unknown>[];

/**
 * A server that plays chat completions and the Responses API for a model that sees. It refuses parts that are not spelt
 * as these documents say: keys that they do not have, images in messages that have none, bytes that are not Base64 or
 * not what their type says, and results of calls that do not follow their calls.
 */
export async function startSeeingServer(answer: (seen: Seen, count: number) => Answer): Promise<SeeingServer> {
  const seen: Seen[] = [];
  const server = await startJsonServer(({ line, body = {} }, count) => {
    const isChat = line === 'POST /v1/chat/completions';
    if (!isChat && line !== 'POST /v1/responses') return { status: 404, body: { error: { message: `no ${line}` } } };
    const messages = (isChat ? body['messages'] : body['input']) as Parts;
    const now: Seen = { text: '', images: [], order: [] };
    const open = new Set<unknown>();
    for (const message of messages) readMessage(message, { now, open, isChat });
    if (open.size > 0) throw new Error(`no result of the call ${[...open].join(', ')}`);
    seen.push(now);
    return answer(now, count);
  });
  return { ...server, baseUrl: `${server.origin}/v1`, seen };
}

function readMessage(
  message: Record<string, unknown>,
  { now, open, isChat }: { now: Seen; open: Set<unknown>; isChat: boolean },
): void {
  const { role, type, content, output, tool_calls: calls = [] } = message;
  now.order.push(String(role ?? type));
  for (const { id } of calls as Parts) open.add(id);
  if (type === 'function_call') open.add(message['call_id']);
  const isResult = role === 'tool' || type === 'function_call_output';
  if (isResult && !open.delete(message[isChat ? 'tool_call_id' : 'call_id']))
    throw new Error('a result without a call');
  if (!isResult && type !== 'function_call' && role !== 'assistant' && open.size > 0) {
    throw new Error(`a message of the ${String(role)} before the results of calls`);
  }
  const said = type === 'function_call_output' ? output : content;
  if (typeof said === 'string') now.text += `${said}\n`;
  else if (Array.isArray(said) && role === 'user') for (const part of said as Parts) readPart(part, now, isChat);
  else if (Array.isArray(said) && !isChat && role === 'assistant') return;
  else if (said !== null && type !== 'function_call')
    throw new Error(`content of the ${String(role)} must be a string`);
}

function readPart(part: Record<string, unknown>, now: Seen, isChat: boolean): void {
  const { type, text, image_url: image } = part;
  const keys = Object.keys(part).join(' ');
  if (type === (isChat ? 'text' : 'input_text') && keys === 'type text') {
    now.text += `${String(text)}\n`;
    return;
  }
  if (type !== (isChat ? 'image_url' : 'input_image') || keys !== 'type image_url') {
    throw new Error(`unknown part ${keys} of the type ${String(type)}`);
  }
  const url = isChat ? (image as { url?: unknown }).url : image;
  if (typeof url !== 'string') throw new Error('image_url must have a url');
  const [, said = '', data = ''] = /^data:(image\/(?:png|jpeg|webp|gif));base64,([A-Za-z0-9+/]+=*)$/.exec(url) ?? [];
  const bytes = Buffer.from(data, 'base64');
  if (bytes.toString('base64') !== data || data === '') throw new Error('Invalid base64 image_url.');
  if (
    !bytes
      .subarray(0, 12)
      .toString('latin1')
      .includes(MARKS[said] ?? '?')
  )
    throw new Error(`not ${said}`);
  now.images.push(`${said} ${bytes.length}`);
}

const MARKS: Record<string, string> = {
  'image/png': 'PNG',
  'image/jpeg': '\xff\xd8\xff',
  'image/gif': 'GIF8',
  'image/webp': 'WEBP',
};
