import { readFlagJson, type ReadText } from '../../clarifications/answer-flags.js';
import { PortiaError } from '../../domain/errors.js';
import { readNamedValue, textOfNamed } from '../../documents/named-value.js';
import type { Settlement } from '../../executor/settle-steps.js';

/**
 * Reads `--done STEP`, `--done STEP=TEXT`, `--done STEP:=JSON`, the last two with `@FILE`, too, and `--skip STEP`. Rejects with
 * `usage` or `invalid-input`, and as `readText` does.
 */
export async function readSettlements(
  { done = [], skip = [] }: { done?: string[] | undefined; skip?: string[] | undefined },
  readText: ReadText,
): Promise<Settlement[]> {
  const skipped = skip.map((selector): Settlement => ({ selector, how: 'skipped', channel: 'flag' }));
  const settlements = [...(await Promise.all(done.map(async (flag) => readDone(flag, readText)))), ...skipped];
  const unnamed = settlements.find(({ selector }) => selector.trim() === '' || selector.startsWith('='));
  if (unnamed === undefined) return settlements;
  throw new PortiaError('usage', `${unnamed.how === 'done' ? '--done' : '--skip'} names no step.`, {
    fix: "Name it by its output or path: --done '$name:=VALUE', --skip 0",
  });
}

async function readDone(flag: string, readText: ReadText): Promise<Settlement> {
  const named = readNamedValue(flag);
  if (named === undefined) return { selector: flag, how: 'done', channel: 'flag' };
  const { name: selector, isJson } = named;
  const text = await textOfNamed(named, readText);
  const value = isJson ? readFlagJson('--done', selector, text) : text;
  return { selector, how: 'done', value, isTyped: !isJson, channel: 'flag' };
}
