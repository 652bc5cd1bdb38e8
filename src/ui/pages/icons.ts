import symbols from './icons.svg';
import { markup, Markup } from './markup.js';

/** Names of the icons: of states, of kinds of steps (`k-…`), and two more. */
export type IconName =
  | 'done'
  | 'failed'
  | 'waiting'
  | 'running'
  | 'unknown'
  | 'skipped'
  | 'pending'
  | 'ready'
  | 'stopped'
  | 'declined'
  | 'warning'
  | 'k-agent'
  | 'k-model'
  | 'k-tool'
  | 'k-compute'
  | 'k-ask'
  | 'k-loop'
  | 'k-if'
  | 'k-plan'
  | 'k-wait'
  | 'k-exit'
  | 'bolt'
  | 'out';

/** All icons, once in a page; `icon` shows one of them. */
export const ICONS = markup`<svg width="0" height="0" aria-hidden="true" focusable="false" class="sr"><defs>${Markup.own(symbols)}</defs></svg>`;

/** An icon of 16 px. `tone`: more classes, such as `s-ask`. It says nothing by itself: words stand beside it. */
export function icon(name: IconName, tone = ''): Markup {
  return markup`<svg class="${`i ${tone}`.trim()}" aria-hidden="true" focusable="false"><use href="#i-${name}"/></svg>`;
}
