import type { Plan } from '../../domain/plan/plan.js';
import type { KnownPlans } from '../../domain/plan/inner-plans.js';
import { makeLook } from '../look.js';
import { exact, markup, type Markup } from '../pages/markup.js';
import { pictureView } from '../pages/plan-picture.js';
import { planPicture, type PictureOptions } from '../pictures/plan-picture.js';
import { planView } from '../plan-view.js';

/** Pixels of the two drawings: CSS shows one. */
const WIDE = { width: 878, laneRoom: 0 };
const NARROW = { width: 302, laneRoom: 0 };
/** Lines of the list below the picture. */
const MOST_LINES = 2000;

/** The picture of a plan, and the same as a list. `id`: unique in the report. */
export function planDrawing(
  plan: Plan,
  { id, plans, ...marks }: Pick<PictureOptions, 'asks' | 'acts' | 'isReading'> & { id: string; plans: KnownPlans },
): Markup {
  const lines = planView(plan, makeLook({ now: new Date(0), columns: 100 }), { plans }).split('\n');
  const list = lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES), '…'] : lines;
  return markup`<figure class="fig">
${pictureView(planPicture(plan.steps, { ...WIDE, ...marks }), { id: `${id}-w`, kind: 'wide' })}
${pictureView(planPicture(plan.steps, { ...NARROW, ...marks }), { id: `${id}-n`, kind: 'narrow' })}
</figure>
<details class="raw"><summary>The same as a list</summary><pre tabindex="0">${exact(list.join('\n'))}</pre></details>`;
}
