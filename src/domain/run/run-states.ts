export const RUN_STATES = [
  'NOT_STARTED',
  'IN_PROGRESS',
  'NEED_CLARIFICATION',
  'READY_TO_RESUME',
  'COMPLETE',
  'FAILED',
] as const;
export type RunState = (typeof RUN_STATES)[number];

export function isRunState(value: unknown): value is RunState {
  return RUN_STATES.some((state) => state === value);
}

export const PAUSE_REASONS = ['clarification', 'approval', 'budget', 'unavailable', 'time', 'signal'] as const;
export type PauseReason = (typeof PAUSE_REASONS)[number];

export const STEP_STATUSES = ['running', 'waiting', 'completed', 'skipped', 'failed'] as const;
export type StepStatus = (typeof STEP_STATUSES)[number];
