import { spawn as spawnProcess, type ChildProcess, type SpawnOptions } from 'node:child_process';

import { PortiaError } from '../domain/errors.js';
import { isJsonObject } from '../domain/values/json.js';
import { keptDigitsOf } from '../domain/values/whole-numbers.js';
import { digestValue } from '../domain/values/digest.js';
import { shorten, toChatRequest, unusable, withWholeCharacters } from './chat-protocol.js';
import { readChatCompletion, readChatMessage, type Asked } from './chat-reply.js';
import { limitTime, type TimeLimit } from '../timing/limit.js';
import { FormatRejected, type Model, type ModelReply, type ModelRequest } from './model.js';
import { nameProgram } from './model-names.js';

export interface ExecModelOptions {
  /** Run by the shell. */
  command: string;
  /** All that the program sees of the environment. */
  environment: Record<string, string | undefined>;
  /** Sends a signal to a process, or to a group when the id is negative: `process.kill`. */
  kill: (pid: number, signal: NodeJS.Signals) => void;
  /** Absolute path in which it runs. */
  directory: string;
  spawn?: ((command: string, options: SpawnOptions) => ChildProcess) | undefined;
  /** Default 600,000. */
  deadlineMs?: number | undefined;
  /** Longest output. Default 32 MB. */
  maxBytes?: number | undefined;
}

/** Variables that every program gets, beside those that begin with `LC_`. */
const ALWAYS_GIVEN = ['PATH', 'HOME', 'LANG', 'TERM', 'TMPDIR'];

/** What a program that stands for a model sees: no key but those that the user named for it. */
export function programEnvironment(
  shell: Readonly<Record<string, string | undefined>>,
  named: readonly { name: string; value: string }[],
): Record<string, string | undefined> {
  const isGiven = (name: string) => ALWAYS_GIVEN.includes(name) || name.startsWith('LC_');
  const given = Object.entries(shell).filter(([name]) => isGiven(name));
  return Object.fromEntries([...given, ...named.map(({ name, value }): [string, string] => [name, value])]);
}

const DEADLINE_MS = 600_000;
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_ERROR_CHARACTERS = 4_000;
/** Between asking the program to end and ending it. */
const GRACE_MS = 1_000;

/**
 * Any program as the model: it gets `{messages, tools?, response_format?}` as one JSON document on stdin, spelled as
 * OpenAI's chat completions, and writes a chat completion, an assistant message or plain text to stdout.
 * A program that exits with another code than 0 is `unavailable`.
 */
export function createExecModel(options: ExecModelOptions): Model {
  const id = `exec/${nameProgram(options.command)}`;
  const back = { from: digestValue([id, options.command]), refused: new Set<string>() };

  async function complete(request: ModelRequest, { signal }: { signal: AbortSignal }): Promise<ModelReply> {
    signal.throwIfAborted();
    // Most programs hand on nothing but the messages; one rung lower they carry the schema.
    if (request.responseFormat?.kind === 'json_schema') throw new FormatRejected(`${id} takes no JSON Schema`);
    const deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    const deadline = limitTime(signal, deadlineMs, () => deadlinePassed(id, deadlineMs));
    try {
      const input = withWholeCharacters(JSON.stringify(toChatRequest(request, back)));
      return readOutput(await runProgram(id, input, { ...options, deadline }), { modelId: id, request, back });
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
  const child = (options.spawn ?? spawnProcess)(options.command, {
    shell: true,
    // Makes it the leader of a group, so that what it starts ends with it.
    detached: true,
    stdio: 'pipe',
    env: options.environment,
    cwd: options.directory,
  });
  const stop = createStop(child, options.kill);
  const ended = collect(child, { maxBytes: options.maxBytes ?? MAX_BYTES, stop });
  // A program that does not read its input closes it; that alone is not a failure.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  try {
    const outcome = await options.deadline.race(ended);
    if (outcome.tooLong) throw unusable(id, 'It is longer than a reply may be.');
    if (outcome.code !== 0) throw programFailed(id, outcome);
    return outcome.output;
  } catch (error) {
    stop();
    await Promise.allSettled([ended]);
    if (error instanceof PortiaError || options.deadline.signal.aborted) throw error;
    throw programFailed(id, { code: null, signal: null, errors: String(error) }, error);
  }
}

interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
  /** The end of what it wrote to stderr. */
  errors: string;
  tooLong: boolean;
}

/** Resolves when the program has ended and its pipes are closed. */
function collect(child: ChildProcess, { maxBytes, stop }: { maxBytes: number; stop: () => void }): Promise<Outcome> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let errors = '';
  let tooLong = false;
  child.stdout?.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else if (!tooLong) {
      tooLong = true;
      stop();
    }
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString('utf8')).slice(-MAX_ERROR_CHARACTERS);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.once('close', (code, signal) =>
      resolve({ code, signal, output: Buffer.concat(chunks).toString('utf8'), errors, tooLong }),
    );
  });
}

/** Ends the program and all that it started: asked first, made to after a moment. Does nothing the second time. */
function createStop(child: ChildProcess, kill: ExecModelOptions['kill']): () => void {
  let isStopped = false;
  const send = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      kill(-child.pid, signal);
    } catch {
      // No group: it has ended, or this system has none and only the program itself can be reached.
      child.kill(signal);
    }
  };
  const finish = (): void => {
    send('SIGKILL');
    // A process that left the group could hold the pipes open for ever.
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
  };
  return () => {
    if (isStopped) return;
    isStopped = true;
    if (child.exitCode !== null || child.signalCode !== null) return finish();
    send('SIGTERM');
    const timer = setTimeout(() => send('SIGKILL'), GRACE_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      finish();
    });
  };
}

function readOutput(output: string, asked: Asked): ModelReply {
  const text = output.trim();
  // A plain text may begin with a brace, too.
  const value = text.startsWith('{') ? keptDigitsOf(text)?.value : undefined;
  if (isJsonObject(value)) {
    if (Array.isArray(value['choices'])) return readChatCompletion(value, asked);
    if (value['role'] === 'assistant' || Array.isArray(value['tool_calls'])) return readChatMessage(value, asked);
  }
  return readChatMessage({ content: text }, asked);
}

function programFailed(id: string, outcome: Pick<Outcome, 'code' | 'signal' | 'errors'>, cause?: unknown): PortiaError {
  const { code, signal, errors } = outcome;
  const how =
    code !== null ? `It exited with code ${code}` : signal !== null ? `It was ended by ${signal}` : 'It did not start';
  const lines = errors.trim().split('\n').slice(-5).join(' ');
  return new PortiaError('unavailable', `The program of ${id} failed.`, {
    why: `${how}${lines === '' ? ' and wrote nothing to stderr' : `: ${shorten(lines)}`}.`,
    fix:
      `echo '{"messages":[{"role":"user","content":"hello"}]}' | <your command>\n` +
      `The program gets no other variables than ${ALWAYS_GIVEN.join(', ')} and LC_*; for more: --exec-env NAME`,
    retryable: true,
    cause,
  });
}

function deadlinePassed(id: string, deadlineMs: number): PortiaError {
  return new PortiaError('timed-out', `The program of ${id} gave no reply within ${deadlineMs / 1000} s.`, {
    why: 'It was ended, with everything that it had started.',
    fix: 'Try the command by itself, or use another model: --model provider/name',
    retryable: true,
  });
}
