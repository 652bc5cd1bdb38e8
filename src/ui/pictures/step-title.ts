import type { Step } from '../../domain/plan/plan.js';
import { stepNumber } from '../../domain/plan/step-path.js';
import { oneLine } from '../../domain/values/printable.js';
import type { StepLine } from '../step-lines.js';

/** What a person calls a step: its name, else what it does. One printable line. */
export function stepTitle(step: Step | undefined, line: StepLine | undefined, path: string): string {
  const name = step?.name ?? line?.text ?? '';
  if (name !== '') return oneLine(name);
  const note = line?.notes[0]?.text ?? '';
  return note !== '' ? note : (line?.who ?? `Step ${stepNumber(path)}`);
}
