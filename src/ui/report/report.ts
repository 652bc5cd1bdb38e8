import { diffPlans } from '../../domain/plan/plan-diff.js';
import type { ReportedPlan, ReportedRun } from '../../domain/reported.js';
import { diffRuns } from '../../domain/run/run-diff.js';
import { comparedRuns } from './compared-runs.js';
import { exactTimes } from './exact-times.js';
import { planReport } from './plan-report.js';
import { runReport } from './run-report.js';

/** What a report is about. */
export type Reported = ({ kind: 'run' } & ReportedRun) | ({ kind: 'plan' } & ReportedPlan);

/**
 * A page about a plan or a run, or about what differs between two of them. `zone`: that of its times. Undefined for a plan
 * and a run, which cannot be compared.
 */
export function reportPage(
  one: Reported,
  other: Reported | undefined,
  { now, zone }: { now: Date; zone: string },
): string | undefined {
  const context = { now, times: exactTimes(zone) };
  if (other === undefined) return one.kind === 'run' ? runReport(one, context) : planReport(one, context);
  if (one.kind === 'plan' && other.kind === 'plan') {
    return planReport(other, { ...context, before: { plan: one.plan, changes: diffPlans(one.plan, other.plan) } });
  }
  if (one.kind === 'plan' || other.kind === 'plan') return undefined;
  return comparedRuns({ before: one, after: other, changes: diffRuns(one.run, other.run) }, context);
}
