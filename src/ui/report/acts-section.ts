import { stepNumber } from '../../domain/plan/step-path.js';
import type { ReportedAct } from '../../domain/reported.js';
import { count } from '../brief-value.js';
import { markup, type Inlay, type Markup } from '../pages/markup.js';
import { scrolled } from '../pages/run-panels.js';
import { state } from '../pages/state.js';
import { argumentsText } from './arguments-text.js';
import type { ExactTimes } from './exact-times.js';

/** Calls of a report. */
const MOST = 1000;
/** Characters of a key. */
const KEY = 8;

/** Every call that acts, once: when, where, with what, who agreed, and the key that the other side was given. */
export function actsTable(
  acts: readonly ReportedAct[],
  { stubbed, start, times }: { stubbed: readonly string[]; start: string; times: ExactTimes },
): Markup {
  const rows = acts
    .slice(0, MOST)
    .map(
      (act) =>
        markup`<tr><td class="num">${times.clock(act.startedAt, start)}</td><td class="num">${stepNumber(act.path)}</td><td class="mono">${act.toolId}${markOf(act, stubbed)}</td><td>${act.args === undefined ? markup`<span class="meta">not kept</span>` : argumentsText(act.args)}</td><td>${agreedText(act)}</td><td class="mono" title="${act.key}">${act.key.slice(0, KEY)}</td></tr>`,
    );
  const rest =
    acts.length > MOST && markup`<p class="meta">${count(acts.length - MOST, 'more call')} are in the log.</p>`;
  return markup`${scrolled('Calls that act', markup`<table><thead><tr><th scope="col">When</th><th scope="col">Step</th><th scope="col">Call</th><th scope="col">With</th><th scope="col">Agreed</th><th scope="col">Key</th></tr></thead><tbody>${rows}</tbody></table>`)}${rest}`;
}

function markOf({ outcome, tries, toldBy, toolId }: ReportedAct, stubbed: readonly string[]): Inlay {
  if (stubbed.includes(toolId)) return markup` <span class="meta">replaced</span>`;
  const marks: Inlay[] = [];
  if (outcome !== 'done') marks.push(markup` ${state(outcome)}`);
  if (toldBy !== undefined) marks.push(markup` <span class="meta">as ${toldBy.name ?? toldBy.user} said</span>`);
  if (tries > 1) marks.push(markup` <span class="meta">${tries} tries</span>`);
  return marks;
}

function agreedText({ agreed }: ReportedAct): string {
  if (agreed === undefined) return 'allowed beforehand';
  const { answered_by: by, approvals = [] } = agreed;
  const names = [...approvals.map(({ by: one }) => one), by].flatMap((one) =>
    one === undefined ? [] : [one.name ?? one.user],
  );
  return [...new Set(names)].join(', ') || 'yes';
}
