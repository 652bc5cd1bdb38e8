import type { Plan } from '../../domain/plan/plan.js';
import { stepNumber } from '../../domain/plan/step-path.js';
import type { Run } from '../../domain/run/run.js';
import type { Page } from './layout.js';
import { markup, type Inlay } from './markup.js';
import { moment } from './parts.js';
import { pill, state, STEP_STATES, type StateName } from './state.js';

/** What the page of a run shows. */
export interface ShownRun {
  run: Run;
  /** Undefined when it is not here. */
  plan: Plan | undefined;
  /** Who drives it now. */
  owner?: object | undefined;
  now: Date;
  /** Cancelling, resuming: forms of the server. */
  actions?: Inlay;
}

/** The page of a run. */
export function runPage({ run, plan, owner, now, actions }: ShownRun): Page {
  const title = plan?.plan_context.query ?? run.id;
  const steps = run.steps.map(
    (step) => markup`<li>${state(STEP_STATES[step.status])} <span class="name">${stepNumber(step.path)}</span></li>`,
  );
  return {
    title,
    section: 'runs',
    main: markup`<h1>${title}</h1>
<p>${pill(stateOfRun(run, owner !== undefined))} <span class="meta">${moment(run.metadata.updated_at, now)}</span></p>
${actions}
<ol>${steps}</ol>`,
  };
}

/** How a run stands, as pages show it. */
export function stateOfRun(run: Pick<Run, 'state' | 'error' | 'pause'>, isDriven: boolean): StateName {
  switch (run.state) {
    case 'COMPLETE':
      return 'done';
    case 'FAILED':
      return run.error === null ? 'cancelled' : run.error.code === 'declined' ? 'declined' : 'failed';
    case 'NEED_CLARIFICATION':
      return 'waiting';
    case 'READY_TO_RESUME':
      return 'ready';
    case 'IN_PROGRESS':
      return isDriven ? 'running' : run.pause?.reason === 'budget' ? 'limit' : 'stopped';
    case 'NOT_STARTED':
      return 'pending';
  }
}
