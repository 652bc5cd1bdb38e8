import { imagesIn } from '../../domain/values/images.js';
import { bareName } from '../../domain/values/names.js';
import { asText, type Json } from '../../domain/values/json.js';
import { between, type Marks } from '../../domain/values/marks.js';

/** A named value that a step hands to a model. */
export interface StepInput {
  name: string;
  description: string;
  value: Json;
  /** What the model is shown of it: names of files, addresses, and data URLs. */
  images?: readonly string[] | undefined;
}

/** Longest value that is shown to an agent; longer ones are named, and passed whole to its tool by reference. */
export const MAX_PASTED = 10_000;

/** The result of a tool call, as the model of an agent is shown it. */
export function resultBlock(result: StepInput, marks: Marks, longest = MAX_PASTED): string {
  return valueBlock('Result', result, { marks, longest });
}

/** Without a tool nothing can be passed by reference: a model that answers or judges sees every value whole. */
export function inputBlock(inputs: StepInput[], marks: Marks, longest = Infinity): string[] {
  return inputs.map((input) => valueBlock('Input', input, { marks, longest }));
}

function valueBlock(
  what: 'Input' | 'Result',
  { name, description, value, images = [] }: StepInput,
  { marks, longest }: { marks: Marks; longest: number },
): string {
  const text = asText(imagesIn(value).shown);
  const notes = [description, images.length === 0 ? '' : 'shown as an image'].filter((note) => note !== '');
  const about = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
  const pasted =
    text.length <= longest
      ? text
      : `${text.slice(0, longest)}\n[${text.length - longest} more characters; pass it whole with {{$${bareName(name)}}}]`;
  return `${what} $${bareName(name)}${about}:\n${between(marks, pasted)}`;
}

export function imagesOf(inputs: readonly StepInput[]): string[] {
  return inputs.flatMap(({ images = [] }) => images);
}
