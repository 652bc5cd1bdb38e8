import { imagesIn } from '../../domain/values/images.js';
import type { Json } from '../../domain/values/json.js';
import { aboutMarks, between, type Marks } from '../../domain/values/marks.js';

/** Asks for the result of a run in the form that the plan promises. */
export function resultShapePrompt({ query, value }: { query: string; value: Json }, marks: Marks): string {
  return [
    `The request was: ${query}`,
    'Give its result in the required shape, changing nothing of what it says.',
    between(marks, JSON.stringify(imagesIn(value).shown)),
    aboutMarks(marks),
  ].join('\n\n');
}
