import type { Environment } from '../domain/environment.js';
import { PortiaError } from '../domain/errors.js';
import { isJsonObject } from '../domain/values/json.js';
import { keptDigitsOf } from '../domain/values/whole-numbers.js';
import { digestValue } from '../domain/values/digest.js';
import { callDeadlineMs, tooSlow } from './call-deadline.js';
import { toChatRequest, withWholeCharacters } from './protocols/chat-protocol.js';
import { readChatCompletion, readChatMessage, type Asked } from './reply/chat-reply.js';
import { ALWAYS_GIVEN } from '../processes/guest-environment.js';
import type { Guest, GuestEnd, Guests } from '../processes/guests.js';
import { lastLines, LastWords } from '../processes/printed-lines.js';
import { limitTime, type TimeLimit } from '../timing/limit.js';
import { FormatRejected, type CompleteOptions, type Model, type ModelReply, type ModelRequest } from './model.js';
import { programId } from './providers/model-names.js';
import { inWords } from './protocols/tools-in-words.js';
import { shorten } from './shorten.js';
import { unusable } from './unusable-reply.js';

export interface ExecModelOptions {
  /** Run by the shell. */
  command: string;
  /** All that the program sees of the environment. */
  environment: Environment;
  /** Starts it. */
  guests: Guests;
  /** Absolute path in which it runs. */
  directory: string;
  /** It takes no functions: they are described to it. */
  toolsInWords?: boolean | undefined;
  /** Default 600,000. */
  deadlineMs?: number | undefined;
  /** Longest output. Default 32 MB. */
  maxBytes?: number | undefined;
}

const MAX_BYTES = 32 * 1024 * 1024;
const MAX_ERROR_CHARACTERS = 4_000;

/**
 * Any program as the model: it gets `{messages, tools?, response_format?}` as one JSON document on stdin, spelled as
 * OpenAI's chat completions, and writes a chat completion, an assistant message or plain text to stdout.
 * A program that exits with another code than 0 is `unavailable`.
 */
export function createExecModel(options: ExecModelOptions): Model {
  const id = programId(options.command);
  const back = { from: digestValue([id, options.command]), refused: new Set<string>() };

  async function complete(request: ModelRequest, { signal, timeoutMs }: CompleteOptions): Promise<ModelReply> {
    signal.throwIfAborted();
    // Most programs hand on nothing but the messages; one rung lower they carry the schema.
    if (request.responseFormat?.kind === 'json_schema') throw new FormatRejected(`${id} takes no JSON Schema`);
    const ms = callDeadlineMs(timeoutMs, options.deadlineMs);
    const why = 'The program was ended, with everything that it had started.';
    const deadline = limitTime(signal, ms, { late: () => tooSlow(id, ms, why) });
    try {
      const input = withWholeCharacters(
        JSON.stringify(toChatRequest(options.toolsInWords === true ? inWords(request) : request, back)),
      );
      return await readOutput(await runProgram(id, input, { ...options, deadline }), { modelId: id, request, back });
    } finally {
      deadline.clear();
    }
  }

  return { id, complete };
}

async function runProgram(
  id: string,
  input: string,
  options: ExecModelOptions & { deadline: TimeLimit },
): Promise<string> {
  const { command, environment, directory, guests, deadline, maxBytes = MAX_BYTES } = options;
  const guest = guests.start({ command, shell: true, stdio: 'pipe', environment, directory });
  const { stdin } = guest.child;
  const output = collect(guest, maxBytes);
  const lastWords = new LastWords(guest.child.stderr, MAX_ERROR_CHARACTERS);
  // A program that does not read its input closes it; that alone is not a failure.
  stdin?.on('error', () => undefined);
  stdin?.end(input);
  try {
    const end = await deadline.race(guest.ended);
    if (output.isTooLong) throw unusable(id, 'It is longer than a reply may be.');
    if (end.code !== 0) throw programFailed(id, end, lastWords.text);
    return output.text();
  } finally {
    await guest.end();
  }
}

/** What the program writes. It is ended when that is too long. */
function collect(guest: Guest, maxBytes: number) {
  const chunks: Buffer[] = [];
  let bytes = 0;
  guest.child.stdout?.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else void guest.end();
  });
  return {
    get isTooLong() {
      return bytes > maxBytes;
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}

async function readOutput(output: string, asked: Asked): Promise<ModelReply> {
  const text = output.trim();
  // A plain text may begin with a brace, too.
  const value = text.startsWith('{') ? keptDigitsOf(text)?.value : undefined;
  if (isJsonObject(value)) {
    if (Array.isArray(value['choices'])) return readChatCompletion(value, asked);
    if (value['role'] === 'assistant' || Array.isArray(value['tool_calls'])) return readChatMessage(value, asked);
  }
  return readChatMessage({ content: text }, asked);
}

function programFailed(id: string, { code, signal, error }: GuestEnd, errors: string): PortiaError {
  const how =
    code !== null ? `It exited with code ${code}` : signal !== null ? `It was ended by ${signal}` : 'It did not start';
  const lines = lastLines(error?.message ?? errors).replaceAll('\n', ' ');
  return new PortiaError('unavailable', `The program of ${id} failed.`, {
    why: `${how}${lines === '' ? ' and wrote nothing to stderr' : `: ${shorten(lines)}`}.`,
    fix:
      `echo '{"messages":[{"role":"user","content":"hello"}]}' | <your command>\n` +
      `The program gets no other variables than ${ALWAYS_GIVEN.join(', ')} and LC_*; for more: --exec-env NAME`,
    retryable: true,
    cause: error,
  });
}
