import type { Step } from '../../domain/plan/plan.js';
import { oneLine } from '../../domain/values/printable.js';
import type { StepLine } from '../step-lines.js';

/** Labels whose text says enough without them. */
const PLAIN: ReadonlySet<string> = new Set(['with', 'by', 'each', 'options']);

/** What a step does, in the second line of its box. One printable line. */
export function subTitle(step: Step, line: StepLine | undefined): string {
  if (line === undefined) return '';
  if (step.kind === 'if') return 'the first branch that holds';
  const notes = line.notes.map(({ label, text }) => (PLAIN.has(label) ? withoutQuotes(text) : `${label} ${text}`));
  const text = step.name === undefined || line.text === '' || line.text === oneLine(step.name) ? [] : [line.text];
  const retries = step.retries === undefined ? [] : [`${step.retries} ${step.retries === 1 ? 'retry' : 'retries'}`];
  const who = line.symbol === 'compute' ? [] : [line.symbol === 'ask' ? 'asks a person' : line.who];
  return oneLine([...who, ...text, ...notes, ...retries].join(' · '));
}

function withoutQuotes(note: string): string {
  return note.replace(/^([^:]+): "([^"]*)"$/, '$1: $2');
}
