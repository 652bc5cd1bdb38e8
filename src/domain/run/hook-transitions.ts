import type { EventOf } from './events.js';
import type { StepRecord } from './run.js';

/** An agent may make many calls: each kind of change is shown once. */
export function applyHookChange(record: StepRecord | undefined, { hook, did }: EventOf<'hook.changed'>): void {
  // That a step was skipped is its reason, and an answer stands with its question.
  if (record === undefined || hook === 'beforeStep' || hook === 'onQuestion') return;
  const change = `${hook}: ${did.join(', ')}`;
  if (record.hooked?.includes(change) !== true) record.hooked = [...(record.hooked ?? []), change];
}
