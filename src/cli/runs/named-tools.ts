import { HOOKS_ID } from '../../domain/run/hooks-id.js';
import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import type { RunId } from '../../domain/values/ids.js';
import { readNamedValue } from '../../documents/named-value.js';
import { nearestToolId } from '../../domain/values/nearest-name.js';
import { toolsOfSteps } from '../../domain/plan/plan-steps.js';
import type { Plan } from '../../domain/plan/plan.js';
import type { DriveFlags } from '../session/options.js';
import type { Session } from '../session/session.js';

type NamingOptions = Pick<DriveFlags, 'approve' | 'deny' | 'stub'>;

/**
 * A flag that names a tool which the plans do not call changes nothing: rejects with a PortiaError `usage` when it is
 * most likely a slip of the keyboard and the call that was meant would be made all the same; warns otherwise.
 */
export async function checkNamedTools(session: Session<NamingOptions>, plans: Plan[]): Promise<void> {
  const { approve = [], deny = [], stub = [] } = session.options;
  const called = toolsOfSteps(plans.flatMap(({ steps }) => steps));
  const named = [
    ...stub.map((text) => ({ flag: '--stub', name: readNamedValue(text)?.name ?? '' })),
    ...deny.map((name) => ({ flag: '--deny', name })),
    ...approve.map((name) => ({ flag: '--approve', name })),
  ];
  for (const { flag, name } of named) {
    // Whether a pattern should match something here only its author knows.
    if (/[*?[\]{}()!+@]/.test(name) || called.includes(name)) continue;
    const near = nearestToolId(name, called);
    if (near !== undefined && flag !== '--approve') throw misspelt(flag, name, near);
    const hint = near === undefined ? '' : ` Did you mean ${near}?`;
    await session.warn(`${flag} ${name} changes nothing: no step of the plan calls that tool.${hint}`);
  }
}

/** Rejects with a PortiaError `usage` for a changed tool that the plans do not call: nothing of it could be accepted. */
export function refuseUncalled(accepted: readonly string[], plans: Plan[], runId: RunId): void {
  const called = [...toolsOfSteps(plans.flatMap(({ steps }) => steps)), HOOKS_ID];
  const name = accepted.find((id) => !called.includes(id));
  if (name === undefined) return;
  const near = nearestToolId(name, called);
  throw new PortiaError('usage', `--accept-changed ${name} accepts nothing: no step of the plan calls that tool.`, {
    why: `A changed tool is accepted by its exact id.${near === undefined ? '' : ` Did you mean ${near}?`}`,
    fix: near === undefined ? portia('resume', runId) : portia('resume', runId, '--accept-changed', near),
    runId,
  });
}

function misspelt(flag: string, name: string, near: string): PortiaError {
  return new PortiaError('usage', `No step of the plan calls ${name}.`, {
    why: `The plan calls ${near}, which ${flag} ${name} would leave as it is.`,
    fix: `${flag} ${near}${flag === '--stub' ? '=VALUE' : ''}`,
  });
}
