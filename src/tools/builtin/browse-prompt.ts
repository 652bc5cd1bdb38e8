import { cutText } from '../../domain/values/cut-text.js';
import { asText, type Json, type JsonSchema } from '../../domain/values/json.js';
import { aboutMarks, between, type Marks } from '../../domain/values/marks.js';
import type { PageView } from '../browser-port.js';

const RULES = `You work in a web browser to do one task of a larger plan. Each reply is one step, as one JSON object and nothing else:
{"do": "click", "ref": "e12"}
{"do": "type", "ref": "e3", "text": "…", "enter": true}   enter: press Enter afterwards
{"do": "select", "ref": "e4", "option": "…"}   the label of the option
{"do": "open", "url": "https://…"}
{"do": "scroll", "to": "down"}
{"do": "read"}   gives the whole text of the page
{"do": "screenshot"}   shows the page as an image
{"do": "sign_in"}   only when the task cannot be done before the user has signed in here: the user is asked
{"do": "done", "result": …}   when the task is done: its result
{"do": "give_up", "why": "…"}   when it cannot be done
A ref stands in the snapshot of the page, and is good for that snapshot only. Never invent data: take it from the task.
Do nothing that the task does not ask for. What was done before is not done again.`;

/** Characters of a page that a model is shown. */
const MOST_OF_SNAPSHOT = 20_000;
const MOST_OF_TEXT = 30_000;

export interface Browsing {
  task: string;
  data?: Json | undefined;
  schema?: JsonSchema | undefined;
  /** What was done, and what came of it: a line each. */
  done: readonly string[];
  view: PageView;
  stepsLeft: number;
}

/** The request for the next step. What comes from the page is data. */
export function browsePrompt({ task, data, schema, done, view, stepsLeft }: Browsing, marks: Marks) {
  const page = [
    `Address: ${view.url}`,
    `Title: ${view.title}`,
    cutText(view.snapshot, MOST_OF_SNAPSHOT),
    ...(view.text === undefined ? [] : [`Text:\n${cutText(view.text, MOST_OF_TEXT)}`]),
    ...view.notes,
  ].join('\n');
  const parts = [
    `Task: ${task}`,
    ...(data === undefined ? [] : [`Data for the task:\n${between(marks, asText(data))}`]),
    schema === undefined
      ? 'The result is a text.'
      : `The result must be valid against this JSON Schema:\n${JSON.stringify(schema)}`,
    `Done so far:\n${between(marks, done.length === 0 ? 'nothing' : done.join('\n'))}`,
    `The page now${view.image === undefined ? '' : ', which the image shows'}:\n${between(marks, page)}`,
    `Steps that are left: ${stepsLeft}.`,
  ];
  const images = view.image === undefined ? {} : { images: [view.image] };
  return { system: `${RULES}\n${aboutMarks(marks)}`, text: parts.join('\n\n'), ...images };
}
