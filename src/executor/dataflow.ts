import { flowOfStep, type Flow } from '../domain/plan/dataflow.js';
import type { Step } from '../domain/plan/plan.js';
import type { ExecutorServices } from './services.js';

/** The flow of a step that may overlap with others here; undefined for a barrier. */
export function flowOf(step: Step, tools: ExecutorServices['tools']): Flow | undefined {
  return flowOfStep(step, (id) => tools.get(id)?.effect === 'read');
}
