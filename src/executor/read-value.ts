import { cutText } from '../domain/values/cut-text.js';
import { imagesIn } from '../domain/values/images.js';
import { isJsonObject, type Json, type JsonObject } from '../domain/values/json.js';
import { bareName } from '../domain/values/names.js';
import { partOf } from '../domain/values/value-parts.js';
import { keptDigitsOf } from '../domain/values/whole-numbers.js';
import type { ModelTool, ModelToolCall } from '../models/model.js';
import type { StepInput } from './prompts/value-block.js';

/** Name of the function by which a model reads parts of values that it is not shown whole. */
export const READ_VALUE = 'read_value';

/** The most parts that are read in one step. */
export const MAX_READS = 50;

const text = (description: string) => ({ type: 'string', description });

export const readValueTool: ModelTool = {
  name: READ_VALUE,
  description:
    'Reads a part of an input or result that is not shown whole. Without path, range and search it gives the beginning.',
  parameters: {
    type: 'object',
    properties: {
      name: text('The name of the value.'),
      path: text('A part of a structure: orders[3].customer'),
      range: text(
        'from-to, counted from 0: the items of a list, or the characters of a text. 0-100 gives the first 100.',
      ),
      search: text('A text to look for: gives the places that have it.'),
    },
    required: ['name'],
    additionalProperties: false,
  },
};

/** What a model wants to read. */
interface WantedRead {
  name: string;
  path: string;
  range: string;
  search: string;
}

/** A call of the function, as far as it can be understood. */
export function wantedRead({ arguments: written }: ModelToolCall): WantedRead {
  const parsed = keptDigitsOf(written)?.value;
  const args: JsonObject = parsed !== undefined && isJsonObject(parsed) ? parsed : {};
  const given = (key: string) => textIn(args[key]);
  return { name: bareName(given('name')), path: given('path'), range: given('range'), search: given('search') };
}

function textIn(value: Json | undefined): string {
  if (Array.isArray(value)) return value.map(textIn).join('-');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** What is read of the values, at most about `most` characters, or why nothing is. */
export function readValue({ name, ...part }: WantedRead, values: readonly StepInput[], most: number): string {
  const found = values.find((value) => bareName(value.name) === name);
  if (found === undefined) {
    const names = values.map((value) => `$${bareName(value.name)}`).join(', ');
    return `There is no value ${JSON.stringify(name)}. There are: ${names === '' ? 'none' : names}.`;
  }
  const read = partOf(imagesIn(found.value).shown, part, most);
  return read.ok ? read.text : read.problem;
}

/** Characters of what is said of a part. */
const MOST_SAID = 200;

/** The part in a few words: `$mail, search "order"`. */
export function readText({ name, path, range, search }: WantedRead): string {
  const parts = Object.entries({ path, range, search }).filter(([, given]) => given !== '');
  const said = [`$${name}`, ...parts.map(([key, given]) => `${key} ${JSON.stringify(given)}`)].join(', ');
  return cutText(said, MOST_SAID);
}
