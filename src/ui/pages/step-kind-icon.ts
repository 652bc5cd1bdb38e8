import type { StepLine } from '../step-lines.js';
import { icon, type IconName } from './icons.js';
import type { Markup } from './markup.js';

const OF_SYMBOL: Readonly<Partial<Record<StepLine['symbol'], IconName>>> = {
  agent: 'k-agent',
  model: 'k-model',
  tool: 'k-tool',
  compute: 'k-compute',
  ask: 'k-ask',
  exit: 'k-exit',
  waiting: 'k-wait',
};

const OF_BLOCK: Readonly<Record<string, IconName>> = { if: 'k-if', branch: 'k-if', else: 'k-if', plan: 'k-plan' };

/** The name of the icon of a kind of step: the shapes of the terminal. */
export function kindIconName({ symbol, who }: Pick<StepLine, 'symbol' | 'who'>): IconName {
  return OF_SYMBOL[symbol] ?? OF_BLOCK[who] ?? 'k-loop';
}

/** The icon of a kind of step. */
export function kindIcon(line: Pick<StepLine, 'symbol' | 'who'>, tone = ''): Markup {
  return icon(kindIconName(line), tone);
}
