import { toolsOfStep, stepAt } from '../../domain/plan/plan-steps.js';
import type { Plan } from '../../domain/plan/plan.js';
import { stepNumber, withoutRounds } from '../../domain/plan/step-path.js';
import { openClarifications } from '../../domain/run/clarification.js';
import { isFinal, type Run } from '../../domain/run/run.js';
import type { Page } from './layout.js';
import { markup, type Inlay, type Markup } from './markup.js';
import { button, hidden, linkButton } from './parts.js';

/** What a person may do with a run now, or why they may do nothing (`lack`); nothing for one that has ended. */
export function runActions(
  run: Run,
  { csrf, canResume, lack }: { csrf: string; canResume: boolean; lack: string | undefined },
): Markup | undefined {
  if (isFinal(run)) return undefined;
  if (lack !== undefined) return markup`<p class="meta">You may not resume or cancel this run. ${lack}</p>`;
  const open = openClarifications(run);
  // What is done elsewhere, such as a sign-in, shows when the run continues. Without any other answer it would only wait.
  const mayContinue = open.length === 0 || open.some(({ category }) => category === 'Action');
  const resume =
    canResume &&
    mayContinue &&
    markup`<form method="post" action="/runs/${run.id}/resume">${hidden('csrf', csrf)}${button('Resume')}</form>`;
  return markup`<div class="actions">${resume}${linkButton(`/runs/${run.id}/cancel`, 'Cancel…')}</div>`;
}

/** Steps that are named of those that are done. */
const MOST_NAMED = 20;

/** What cancelling a run means, before it is done. `isReading`: whether calls of a tool change nothing. */
export function cancelPage(
  run: Run,
  plan: Plan | undefined,
  { csrf, isReading }: { csrf: string; isReading(toolId: string): boolean },
): Page {
  const title = plan?.plan_context.query ?? run.id;
  const done = run.steps.filter(({ status }) => status === 'completed');
  const acted = done.flatMap(({ path }) => {
    const step = plan === undefined ? undefined : stepAt(plan.steps, withoutRounds(path));
    const [tool] = step === undefined ? [] : toolsOfStep(step);
    return tool === undefined || isReading(tool) ? [] : [`${stepNumber(path)}, ${tool}`];
  });
  return {
    title: 'Cancel the run?',
    section: 'runs',
    main: markup`<article class="q box said">
<h1>Cancel this run?</h1>
<p><a href="/runs/${run.id}">${title}</a></p>
<p>It ends now, with the runs of the plans inside it, and cannot be resumed. Its open questions are no longer asked.</p>
${stays(done.length, acted)}
<form class="ways" method="post" action="/runs/${run.id}/cancel">${hidden('csrf', csrf)}<div class="way">${button('Cancel the run', { solid: true })}<p>Nothing more is done.</p></div></form>
<p><a href="/runs/${run.id}">Leave it as it is</a></p>
</article>`,
  };
}

function stays(done: number, acted: string[]): Markup {
  if (done === 0) return markup`<p>No step of it is done.</p>`;
  const named = acted.slice(0, MOST_NAMED).map((text) => markup`<li>${text}</li>`);
  const rest: Inlay = acted.length > MOST_NAMED && markup`<li>${acted.length - MOST_NAMED} more</li>`;
  const calls =
    acted.length > 0 && markup`<p>These calls were made and stay made:</p><ul class="stays">${named}${rest}</ul>`;
  return markup`<p>${done === 1 ? '1 step is done and stays done.' : `${done} steps are done and stay done.`}</p>${calls}`;
}
