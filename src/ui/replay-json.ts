import type { Difference } from '../domain/recording/differences.js';
import { explainMiss } from '../domain/recording/explain.js';
import type { RunResult, StepResult } from '../domain/recording/recording.js';
import type { Json, JsonObject } from '../domain/values/json.js';

/** A difference as programs read it; `step` is the path of the step, and `at` the key of the call. */
export function differenceJson(difference: Difference): JsonObject {
  switch (difference.kind) {
    case 'call changed':
    case 'call new': {
      const { now } = difference;
      const { nearest, isUsed, changes } = explainMiss(difference);
      return {
        ...{ kind: difference.kind, at: now.at, step: pathOf(now.at), name: now.name },
        ...(difference.kind === 'call changed' && { parts: difference.parts }),
        ...(nearest && { nearest: { at: nearest.at, used: isUsed } }),
        ...(changes.length > 0 && { changes: changes.map((change) => ({ ...change })) }),
      };
    }
    case 'call gone': {
      const { at, path } = difference.before;
      return {
        kind: difference.kind,
        at,
        step: path,
        name: 'tool' in difference.before ? difference.before.tool : difference.before.model,
      };
    }
    case 'question new':
      return { kind: difference.kind, at: difference.at, step: pathOf(difference.at), question: difference.guidance };
    case 'question gone': {
      const { at, path, question } = difference.before;
      return { kind: difference.kind, at, step: path, question: question.user_guidance };
    }
    case 'step changed':
      return {
        kind: difference.kind,
        step: difference.path,
        before: resultJson(difference.before),
        now: resultJson(difference.now),
      };
    case 'step new':
      return { kind: difference.kind, step: difference.path, now: resultJson(difference.now) };
    case 'end changed':
      return { kind: difference.kind, before: endJson(difference.before), now: endJson(difference.now) };
  }
}

function pathOf(at: string): string {
  const inside = at.lastIndexOf('.plan.');
  return at.slice(0, at.indexOf('/', inside === -1 ? 0 : inside));
}

function resultJson(result: StepResult | undefined): Json {
  if (result === undefined) return null;
  if (result.kind !== 'failed') return { ...result };
  const { code, message } = result.error;
  return { kind: 'failed', error: { code, message } };
}

function endJson({ state, error, output }: RunResult): JsonObject {
  return {
    state,
    ...(error && { error: { code: error.code, message: error.message } }),
    ...(output !== undefined && { output }),
  };
}
