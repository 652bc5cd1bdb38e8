import type { PlanChange } from '../../domain/plan/plan-diff.js';
import { stepNumber } from '../../domain/plan/step-path.js';
import { stepLines } from '../step-lines.js';
import { count } from '../brief-value.js';
import type { Plan } from '../../domain/plan/plan.js';
import { asText, type Json } from '../../domain/values/json.js';
import type { ValueChange } from '../../domain/values/json-changes.js';
import { withDollar } from '../step-notes.js';
import { markup, type Markup } from './markup.js';

const SIGNS = { added: ['add', '+'], removed: ['cut', '−'], changed: ['mod', '~'], moved: ['mod', '~'] } as const;

/** What differs between two plans, one change below the other. */
export function changesView(changes: readonly PlanChange[], { before, after }: { before: Plan; after: Plan }): Markup {
  if (changes.length === 0) return markup`<p class="sum meta">Both plans are the same.</p>`;
  const titles = {
    before: new Map(stepLines(before.steps).map(({ path, text, who }) => [path, text || who])),
    after: new Map(stepLines(after.steps).map(({ path, text, who }) => [path, text || who])),
  };
  const number = (sort: PlanChange['change']) => changes.filter(({ change }) => change === sort).length;
  const counts = (['added', 'removed', 'changed', 'moved'] as const).flatMap((sort) =>
    number(sort) > 0 ? [`${number(sort)} ${sort}`] : [],
  );
  const items = changes.map((change) => {
    const [tone, sign] = SIGNS[change.change];
    const { place, title } = headOf(change, titles);
    return markup`<li class="change"><span class="sign ${tone}" aria-hidden="true">${sign}</span><span class="num">${place}</span><div class="body"><h3>${title} <span class="meta">${change.change}</span></h3>${'keys' in change && keysView(change.keys)}</div></li>`;
  });
  return markup`<p class="sum meta">${counts.join(', ')}. ${count(changes.length, 'change')} in all.</p><ol class="changes">${items}</ol>`;
}

function headOf(
  change: PlanChange,
  titles: { before: ReadonlyMap<string, string>; after: ReadonlyMap<string, string> },
): { place: string; title: string } {
  switch (change.part) {
    case 'plan':
      return { place: 'plan', title: 'The plan itself' };
    case 'input':
      return { place: 'input', title: withDollar(change.name) };
    case 'step': {
      const title = (change.change === 'removed' ? titles.before : titles.after).get(change.path) ?? '';
      return { place: stepNumber(change.path), title };
    }
  }
}

/** Changed keys below each other, each old value above the new one. */
export function keysView(keys: readonly ValueChange[]): Markup {
  const rows = keys.map(
    ({ pointer, old, new: now }) =>
      markup`<dt>${nameOfPointer(pointer)}</dt><dd>${old !== undefined && markup`<del class="text">${textOf(old)}</del>`}${now !== undefined && markup`<ins class="text">${textOf(now)}</ins>`}</dd>`,
  );
  return markup`<dl class="kv">${rows}</dl>`;
}

/** `/args/to` as people write it: `args.to`. */
export function nameOfPointer(pointer: string): string {
  const keys = pointer.split('/').slice(1);
  return keys.length === 0 ? 'value' : keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~')).join('.');
}

function textOf(value: Json): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value, null, 2) : asText(value);
}
