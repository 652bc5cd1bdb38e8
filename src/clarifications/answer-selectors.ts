import { selectorName, type Clarification } from '../domain/run/clarification.js';
import { matchesShortId, shortId } from '../domain/values/ids.js';

/**
 * The exact selectors of a question, those for people first: its argument, its output and argument, its short id; then
 * its path, which counts from 0, and its id. `4[2].steps.0` and `$quantity` alone select it, too.
 */
function selectorsOf(clarification: Clarification): string[] {
  const name = selectorName(clarification);
  const path = pathOf(clarification);
  return [
    name,
    ...outputSelectors(clarification),
    shortId(clarification.id),
    ...(path === undefined ? [] : [`${path}.${name}`]),
    clarification.id,
  ];
}

/** Whether a selector means this question, in any of its spellings. */
export function selects(selector: string, clarification: Clarification): boolean {
  return (
    selectorsOf(clarification).includes(selector) ||
    selectsByPlace(selector, clarification) ||
    matchesShortId(clarification.id, selector)
  );
}

/** Whether a selector means this question by its path or its output, which also works before it is asked. */
export function selectsByPlace(selector: string, clarification: Clarification): boolean {
  const path = pathOf(clarification);
  const name = selectorName(clarification);
  const byPath = path !== undefined && (selector === path || selector === `${path}.${name}`);
  return byPath || outputSelectors(clarification).includes(selector) || selector === outputName(clarification);
}

/** Whether a selector has the form of a path (`4[2].steps.0.filename`) or of an output (`$quantity`). */
export function isPlaceSelector(selector: string): boolean {
  return selector.startsWith('$') || /^\d+(\[\d+\])*(\.|$)/.test(selector);
}

/** The first selector that means this question and no other of those that are open. */
export function exactSelector(clarification: Clarification, open: Clarification[]): string {
  const onlyThis = (selector: string) =>
    open.every((other) => other.id === clarification.id || !selects(selector, other));
  // An argument may have any name, but in SEL=VALUE the selector ends at the first = or :=.
  const isTypable = (selector: string) => selector.trim() === selector && !/=|:$|^$|\p{C}/u.test(selector);
  return selectorsOf(clarification).find((selector) => isTypable(selector) && onlyThis(selector)) ?? clarification.id;
}

/** How an answer selects this question before it is asked: by its output, or by its path and argument. */
export function selectorWithPlace(clarification: Clarification): string {
  const path = pathOf(clarification);
  const [byOutput] = outputSelectors(clarification);
  if (byOutput !== undefined) return byOutput;
  return path === undefined ? clarification.id : `${path}.${selectorName(clarification)}`;
}

function pathOf(clarification: Clarification): string | undefined {
  return clarification.path ?? (clarification.step === null ? undefined : String(clarification.step));
}

function outputName(clarification: Clarification): string | undefined {
  if (clarification.output === undefined) return undefined;
  return clarification.output.startsWith('$') ? clarification.output : `$${clarification.output}`;
}

function outputSelectors(clarification: Clarification): string[] {
  const output = outputName(clarification);
  return output === undefined ? [] : [`${output}.${selectorName(clarification)}`];
}
