import { exactJsonOf } from '../domain/values/whole-numbers.js';
import { happenedWith } from '../domain/run/unknown-outcome.js';
import type { Json } from '../domain/values/json.js';
import { askKey, askText, type Asked, type KeyChoice, type Terminal } from './prompts.js';

const NOT_DONE: KeyChoice<'not_done'> = {
  key: 'n',
  label: 'Not done, make the call now',
  value: 'not_done',
  also: ['not_done'],
};

/**
 * Asks what happened to a call, and what it gave if it took effect. No option is preselected: Enter alone answers
 * nothing. Without `mayRepeat`, nobody can say yet that it was not done.
 */
export async function askOutcome(
  terminal: Terminal,
  { message, mayRepeat, signal }: { message: string; mayRepeat: boolean; signal: AbortSignal },
): Promise<Asked<Json>> {
  const asked = await askKey<'happened' | 'not_done' | 'stop' | 'later'>(terminal, {
    message,
    keys: [
      { key: 'h', label: 'It happened', value: 'happened' },
      ...(mayRepeat ? [NOT_DONE] : []),
      { key: 's', label: 'Stop, end the run', value: 'stop' },
      { key: 'l', label: 'Leave it for later', value: 'later' },
    ],
    signal,
  });
  if (asked.kind !== 'answered') return asked;
  if (asked.value === 'later') return { kind: 'later' };
  return asked.value === 'happened' ? askResult(terminal, signal) : { kind: 'answered', value: asked.value };
}

async function askResult(terminal: Terminal, signal: AbortSignal): Promise<Asked<Json>> {
  const { look, streams } = terminal;
  const rule = 'JSON is taken as JSON, everything else as text. An empty line leaves the question for later.';
  await streams.err.write(`${look.colour.dim(rule)}\n`);
  const asked = await askText(terminal, { message: 'What did it give?', mayLeave: true, signal });
  if (asked.kind !== 'answered') return asked;
  return { kind: 'answered', value: happenedWith(exactJsonOf(asked.value) ?? asked.value) };
}
