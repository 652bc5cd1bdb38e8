import { messageOf, PortiaError } from '../../domain/errors.js';
import { isJsonObject, MAX_DEPTH, type Json, type JsonObject } from '../../domain/values/json.js';
import { parseDocument } from '../../documents/parse-document.js';
import { parseJson } from '../../documents/parse-json.js';
import { readNamedValue, type NamedValue } from '../../documents/named-value.js';
import { isUnsafeWholeNumber } from '../../domain/values/whole-numbers.js';
import { shellQuote } from '../../domain/values/shell-quote.js';

/** What the command line says of plan inputs. */
export interface GivenInputs {
  /** Each `-i`: `name=text`, `name:=json`, `name=@file` (a text or an image), `name:=@file.json`, `name=@-`. */
  inputs: readonly string[];
  /** `--inputs`: a file of values by name, in JSON or YAML, `-` for stdin. */
  inputsFile?: string | undefined;
}

/** Where the texts are that inputs name: files, and stdin as `-`. */
export interface InputSources {
  readText(source: string): Promise<string>;
  /** The same, but for a file of whose bytes `read` makes something. */
  readTextUnless<Value>(source: string, read: (bytes: Uint8Array) => Value | undefined): Promise<Value | string>;
}

/**
 * Plan inputs by name, without `$`. Rejects with a PortiaError: `usage` for a form that is unknown, `invalid-input` for a
 * value that cannot be read. A name that is given twice is refused.
 */
export async function readInputs(given: GivenInputs, sources: InputSources): Promise<Record<string, Json>> {
  const flags = given.inputs.map(parseFlag);
  const fromStdin = [given.inputsFile, ...flags.flatMap(({ isFile, text }) => (isFile ? [text] : []))].filter(
    (file) => file === '-',
  );
  if (fromStdin.length > 1) {
    throw new PortiaError('usage', 'Two inputs are to be read from stdin.', {
      why: 'Stdin can be read once.',
      fix: 'put one of them into a file: -i name=@file',
    });
  }
  const inputs: Record<string, Json> = {};
  if (given.inputsFile !== undefined) {
    for (const [name, value] of await readInputsFile(given.inputsFile, sources)) {
      addInput(inputs, { name, value, source: `--inputs ${given.inputsFile}` });
    }
  }
  for (const flag of flags) addInput(inputs, { name: flag.name, value: await valueOf(flag, sources), source: '-i' });
  return inputs;
}

/** Values by name as a document gives them. Throws a PortiaError `invalid-input` for names that cannot be used. */
export function inputsOfObject(object: JsonObject, source: string): Record<string, Json> {
  const inputs: Record<string, Json> = {};
  for (const [name, value] of Object.entries(object)) addInput(inputs, { name: toName(name), value, source });
  return inputs;
}

function parseFlag(flag: string): NamedValue {
  const named = readNamedValue(flag);
  const name = toName(named?.name ?? '');
  if (named === undefined || name === '') {
    throw new PortiaError('usage', `-i ${shellQuote(flag)} is not name=value.`, {
      why: 'An input is a name, = and a text; := takes JSON, =@ reads a file.',
      fix: `-i city=London\n-i count:=3\n-i text=@letter.txt`,
    });
  }
  if (!named.isFile || named.text !== '') return { ...named, name };
  throw new PortiaError('usage', `-i ${shellQuote(flag)} names no file after @.`, {
    why: 'A value that begins with @ is read from that file, @- from stdin.',
    fix: `-i ${shellQuote(`${name}=@file.txt`)}\n-i ${shellQuote(`${name}:="@"`)}   for the text @ itself`,
  });
}

/** Quotes alone would not help where the plan takes a number. */
const SMALLER = 'Give a smaller number, or a text if the plan takes one.';

async function valueOf({ name, isJson, isFile, text }: NamedValue, sources: InputSources): Promise<Json> {
  const what = `the input ${name}`;
  if (!isJson) return isFile ? readFrom(text, what, async () => textOrImage(text, sources)) : text;
  const content = isFile ? await readFrom(text, what, async () => sources.readText(text)) : text;
  const parsed = parseJson(content);
  if (parsed.ok) return parsed.value;
  const isTooLong = isUnsafeWholeNumber(content.trim());
  throw new PortiaError('invalid-input', `The input ${name} is not JSON.`, {
    why: `line ${parsed.line}, column ${parsed.column}: ${parsed.problem}`,
    fix: isFile
      ? parsed.fix
      : `${isTooLong ? SMALLER : parsed.fix}\n-i ${shellQuote(`${name}=${text}`)}   gives it as text`,
  });
}

async function textOrImage(file: string, { readTextUnless }: InputSources): Promise<Json> {
  const { imageOfFile } = await import('./input-file.js');
  return readTextUnless(file, (bytes) => imageOfFile(file, bytes));
}

// Besides an object of values, the list form of the Python SDK: [{"name": …, "value": …}].
async function readInputsFile(file: string, { readText }: InputSources): Promise<[string, Json][]> {
  const where = file === '-' ? 'stdin' : file;
  const text = await readFrom(file, 'the inputs', async () => readText(file));
  const parsed = await parseDocument(text, where, MAX_DEPTH);
  const wrong = (why: string, fix = 'Write an object of values by name: {"city": "London", "count": 3}') =>
    new PortiaError('invalid-input', `The inputs in ${where} cannot be used.`, { why, fix });
  if (!parsed.ok) {
    const { format, line, column, problem, fix = `Correct line ${line} of ${where}.` } = parsed;
    throw wrong(`It is not ${format}: line ${line}, column ${column}: ${problem}`, fix);
  }
  if (isJsonObject(parsed.value)) return Object.entries(parsed.value).map(([name, value]) => [toName(name), value]);
  if (!Array.isArray(parsed.value)) throw wrong('It is neither an object nor a list of {"name", "value"}.');
  return parsed.value.map((item, index) => {
    const name = isJsonObject(item) ? item.name : undefined;
    const value = isJsonObject(item) ? item.value : undefined;
    if (typeof name === 'string' && value !== undefined) return [toName(name), value];
    throw wrong(`Entry ${index + 1} of the list is not {"name": …, "value": …}.`);
  });
}

async function readFrom<Value>(source: string, what: string, read: () => Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof PortiaError) throw error;
    throw new PortiaError('invalid-input', `${source === '-' ? 'Stdin' : source} with ${what} cannot be read.`, {
      why: messageOf(error),
      fix: source === '-' ? 'echo text | portia …' : `ls -l ${shellQuote(source)}`,
      cause: error,
    });
  }
}

function addInput(inputs: Record<string, Json>, given: { name: string; value: Json; source: string }): void {
  const { name, value, source } = given;
  if (name === '' || name === '__proto__') {
    throw new PortiaError('invalid-input', `${JSON.stringify(name)} cannot be the name of an input (${source}).`, {
      fix: '-i name=value',
    });
  }
  if (Object.hasOwn(inputs, name)) {
    throw new PortiaError('invalid-input', `The input ${name} is given twice.`, {
      why: 'Which of the two values counts would be a guess.',
      fix: `give ${name} once: by -i or in the file of --inputs`,
    });
  }
  inputs[name] = value;
}

// `x` and `$x` are the same name.
function toName(name: string): string {
  return name.trim().replace(/^\$/, '');
}
