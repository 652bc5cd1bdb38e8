import type { Sourced } from '../config/layer.js';
import { looksLikeKey } from '../config/key-file.js';
import type { ModelKey } from '../config/model-choice.js';
import type { Environment } from '../domain/environment.js';
import { messageOf, PortiaError } from '../domain/errors.js';
import { shellCommand } from '../domain/values/shell-quote.js';
import type { Guest, GuestEnd, Guests } from '../processes/guests.js';
import { lastLines, LastWords } from '../processes/printed-lines.js';
import { limitTime } from '../timing/limit.js';

/** The program and its arguments. */
type KeyCommand = Sourced<readonly string[]>;

interface KeyCommandPlace {
  guests: Guests;
  /** Absolute path in which it runs. */
  directory: string;
  /** All that it sees of the environment. */
  environment: Environment;
  /** Default 60,000: a person may have to agree. */
  timeoutMs?: number | undefined;
}

const TIMEOUT_MS = 60_000;
const MOST_BYTES = 16_384;
const MOST_ERROR_CHARACTERS = 2_000;
/** Shorter texts are in many words. */
const SHORTEST_SECRET = 4;

/** As long as this process lives, and nowhere else. */
const kept = new Map<string, Promise<string>>();

/**
 * The key that a program prints as its first line; it is asked once. Rejects with a PortiaError `no-model` that says what
 * the program did, without what it printed as the key.
 */
export async function keyFromCommand(command: KeyCommand, place: KeyCommandPlace): Promise<ModelKey> {
  const name = JSON.stringify([command.value, place.directory]);
  const asked = kept.get(name) ?? askProgram(command, place);
  kept.set(name, asked);
  try {
    return { name: command.source, value: await asked };
  } catch (error) {
    kept.delete(name);
    throw error;
  }
}

async function askProgram(command: KeyCommand, place: KeyCommandPlace): Promise<string> {
  const [program = '', ...args] = command.value;
  const { guests, directory, environment, timeoutMs = TIMEOUT_MS } = place;
  const late = () => noKey(command, `It printed no key within ${timeoutMs / 1000} s.`);
  const limit = limitTime(new AbortController().signal, timeoutMs, { late });
  const stdio = ['ignore', 'pipe', 'pipe'] as const;
  const guest = guests.start({ command: program, args, environment, directory, stdio: [...stdio] });
  try {
    const output = collect(guest);
    const said = new LastWords(guest.child.stderr, MOST_ERROR_CHARACTERS);
    const end = await limit.race(guest.ended);
    const key = firstLine(output.text());
    if (end.code !== 0) throw noKey(command, howItEnded(end, withoutSecret(said.text, key)));
    if (!looksLikeKey(key))
      throw noKey(command, 'Its first line is not a key: visible ASCII characters without spaces.');
    return key;
  } finally {
    limit.clear();
    await guest.end();
  }
}

function collect({ child }: Guest): { text(): string } {
  const chunks: Buffer[] = [];
  let bytes = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MOST_BYTES) chunks.push(chunk);
  });
  return { text: () => Buffer.concat(chunks).toString('utf8') };
}

function firstLine(text: string): string {
  return text.split('\n', 1).join('').trim();
}

function withoutSecret(text: string, key: string): string {
  return key.length < SHORTEST_SECRET ? text : text.replaceAll(key, '[the key]');
}

function howItEnded({ code, signal, error }: GuestEnd, said: string): string {
  if (error !== undefined) return `It did not start: ${messageOf(error)}.`;
  const how = code === null ? `It was ended by ${signal}` : `It exited with code ${code}`;
  const lines = lastLines(said).replaceAll('\n', ' ');
  return lines === '' ? `${how} and wrote nothing to stderr.` : `${how}: ${lines}`;
}

function noKey({ value, source }: KeyCommand, why: string): PortiaError {
  return new PortiaError('no-model', `There is no key where ${source} says.`, {
    why,
    fix: `${shellCommand([...value])}   # must print the key; it has no terminal and reads no input`,
  });
}
