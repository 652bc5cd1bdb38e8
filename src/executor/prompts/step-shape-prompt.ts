import { imagesIn } from '../../domain/values/images.js';
import type { Json } from '../../domain/values/json.js';
import { aboutMarks, between, type Marks } from '../../domain/values/marks.js';

/** Asks for the value of a step in the form that the step promises. */
export function stepShapePrompt(value: Json, marks: Marks): string {
  return [
    'Give this result in the required shape, changing nothing of what it says:',
    between(marks, JSON.stringify(imagesIn(value).shown)),
    aboutMarks(marks),
  ].join('\n');
}
