import type { Plan } from '../../domain/plan/plan.js';
import type { PlanChange } from '../../domain/plan/plan-diff.js';
import { makeLook } from '../look.js';
import { planDiffView } from '../plan-diff-view.js';
import { planMermaid } from '../pictures/plan-mermaid.js';
import { wholeStepLines, type StepLine } from '../step-lines.js';
import { blockText, inlineText, table } from './markdown.js';
import type { Section } from './page.js';

/** GitHub draws no larger chart. */
const MOST_IN_CHART = 40_000;
const MOST_ROWS = 200;

/** What a plan does, step by step and as a picture. */
export function planSections(plan: Plan, { senders }: { senders?: ReadonlySet<string> } = {}): Section[] {
  const lines = wholeStepLines(plan, { senders });
  const chart = planMermaid(plan);
  return [
    { text: stepTable(lines) },
    ...(chart.length > MOST_IN_CHART ? [] : [{ text: folded('Picture', fenced('mermaid', chart)), mayGo: true }]),
  ];
}

function stepTable(lines: readonly StepLine[]): string {
  const rows = lines
    .slice(0, MOST_ROWS)
    .map(({ number, who, text, notes, output }) => [
      number,
      inlineText(who),
      [text, ...notes.map(({ label, text: note }) => `${label} ${note}`)].map(inlineText).filter(Boolean).join('<br>'),
      inlineText(output ?? ''),
    ]);
  const more = lines.length - rows.length;
  return table(['step', 'who', 'what', 'gives'], rows) + (more > 0 ? `\n\n… and ${more} more steps.` : '');
}

/** What differs from the plan before; its name says which that is. */
export function diffSection(before: { plan: Plan; name: string }, plan: Plan, changes: PlanChange[]): Section {
  const head = `Compared with ${before.name}`;
  if (changes.length === 0) return { text: `${head}: nothing differs.` };
  const look = makeLook({ columns: 100, now: new Date(0) });
  const view = planDiffView({ before, after: { plan, name: 'this plan' }, changes }, look);
  return { text: folded(head, blockText(view)), mayGo: true };
}

/** Text that a person unfolds. `title` is plain text of ours. */
function folded(title: string, text: string): string {
  return `<details><summary>${title}</summary>\n\n${text}\n\n</details>`;
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}
