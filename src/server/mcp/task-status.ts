import type { CallToolResult, InputRequests } from '@modelcontextprotocol/server';

import type { Run } from '../../domain/run/run.js';
import type { RunId } from '../../domain/values/ids.js';

/** Milliseconds after which a client may ask for a task again. */
const POLL_MS = 1_000;

/** A run as a task. It is kept as long as the run. */
interface Task {
  taskId: RunId;
  createdAt: string;
  lastUpdatedAt: string;
  ttlMs: null;
  pollIntervalMs: number;
  statusMessage?: string;
  [key: string]: unknown;
}

export type TaskState =
  | { status: 'working' | 'cancelled' }
  | { status: 'input_required'; inputRequests: InputRequests }
  | { status: 'completed'; result: CallToolResult };

/** The result of a call that continues as a task. */
export type NewTask = Task & { resultType: 'task'; status: 'working'; content: [] };

export function newTask(run: Run): NewTask {
  // Whatever a call of a tool gives has content.
  return { resultType: 'task', ...taskOf(run, { status: 'working' }), status: 'working', content: [] };
}

export function taskOf(run: Run, state: TaskState): Task & TaskState {
  const { created_at: createdAt, updated_at: lastUpdatedAt } = run.metadata;
  return { taskId: run.id, createdAt, lastUpdatedAt, ttlMs: null, pollIntervalMs: POLL_MS, ...state };
}
