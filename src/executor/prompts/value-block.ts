import { imagesIn } from '../../domain/values/images.js';
import { bareName } from '../../domain/values/names.js';
import { asText, type Json } from '../../domain/values/json.js';
import { between, type Marks } from '../../domain/values/marks.js';
import { describeValue } from '../../domain/values/value-parts.js';

/** A named value that a step hands to a model. */
export interface StepInput {
  name: string;
  description: string;
  value: Json;
  /** What the model is shown of it: names of files, addresses, and data URLs. */
  images?: readonly string[] | undefined;
  /** Whether it is described instead of shown, because there is no room for it. */
  isDescribed?: boolean | undefined;
}

/** Longest value that is shown to an agent; of longer ones it sees the beginning. */
export const MAX_PASTED = 10_000;

/** How values are shown, and what the model can do with one that is not shown whole. */
export interface Showing {
  marks: Marks;
  /** Characters of one value. Default: any number. */
  longest?: number;
  /** It can read parts by a function. */
  canRead?: boolean;
  /** It can pass the value on by its name. */
  canPass?: boolean;
}

/** The result of a tool call, as the model of an agent is shown it. */
export function resultBlock(result: StepInput, marks: Marks, longest = MAX_PASTED): string {
  return valueBlock('Result', result, { marks, longest, canRead: true, canPass: true });
}

export function inputBlock(inputs: readonly StepInput[], showing: Showing): string[] {
  return inputs.map((input) => valueBlock('Input', input, showing));
}

function valueBlock(what: 'Input' | 'Result', input: StepInput, showing: Showing): string {
  const { name, description, images = [] } = input;
  const notes = [description, images.length === 0 ? '' : 'shown as an image'].filter((note) => note !== '');
  const about = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
  return `${what} $${bareName(name)}${about}:\n${between(showing.marks, textOf(input, showing))}`;
}

function textOf({ name, value, isDescribed }: StepInput, showing: Showing): string {
  const { longest = Infinity } = showing;
  const { shown } = imagesIn(value);
  if (isDescribed === true) return `${describeValue(shown)}\n[It is too long to be shown${waysTo(name, showing)}]`;
  const text = asText(shown);
  if (text.length <= longest) return text;
  return `${text.slice(0, longest)}\n[${text.length - longest} more characters${waysTo(name, showing)}]`;
}

function waysTo(name: string, { canRead = false, canPass = false }: Showing): string {
  const reading = canRead ? ['read parts of it with read_value'] : [];
  const passing = canPass ? [`pass it whole with {{$${bareName(name)}}}`] : [];
  const ways = [...reading, ...passing];
  return ways.length === 0 ? '' : `; ${ways.join(', ')}`;
}

export function imagesOf(inputs: readonly StepInput[]): string[] {
  return inputs.flatMap(({ images = [] }) => images);
}
