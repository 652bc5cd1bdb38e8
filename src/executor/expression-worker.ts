import { parentPort, workerData } from 'node:worker_threads';

import { asExpressionError, noJson } from '../domain/expressions/expression-error.js';
import { evaluateExpression } from '../domain/expressions/expression.js';
import { refuseLongTexts } from '../domain/expressions/expression-texts.js';
import { toJson } from '../domain/values/json.js';
import type { WorkerReply, WorkerRequest } from './evaluate.js';

async function answer({ source, variables, ...options }: WorkerRequest): Promise<WorkerReply> {
  try {
    const lost = new Set<string>();
    const value = await evaluateExpression(source, variables, { ...options, lost });
    if (value === undefined) return { ok: true, value, lost: [...lost] };
    const json = toJson(value);
    if (!json.ok) return { ok: false, message: noJson(json.problem), position: 1, endless: false };
    refuseLongTexts(json.value);
    return { ...json, lost: [...lost] };
  } catch (error) {
    const { message, position, endless } = asExpressionError(error, source);
    return { ok: false, message, position, endless };
  }
}

parentPort?.postMessage('begun' satisfies WorkerReply);
const request: WorkerRequest = workerData;
void answer(request).then((reply) => parentPort?.postMessage(reply));
