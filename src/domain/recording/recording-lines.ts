import type { RunError } from '../errors.js';
import { comparePaths } from '../plan/step-path.js';
import { planDigest } from '../plan/plan-digest.js';
import { shortDigest } from '../run/asked-parts.js';
import { digestText } from '../values/digest.js';
import { isJsonObject, type Json } from '../values/json.js';
import type { Usage } from '../plan/plan.js';
import type { ModelEnd, RecordedCall, RecordedModel, RecordedQuestion, RecordedTool } from './recorded-call.js';
import type { Recording, StepResult } from './recording.js';

/** The version of the form. */
export const RECORDING = 1;

/** Digits of a SHA-256 that tell requests apart. */
const DIGITS = 12;

export interface WritingOptions {
  /** The version of portia. */
  version: string;
  /** Without what models were sent, of which only the digests are kept then. */
  hasRequests: boolean;
}

/**
 * A recording as lines of JSON without their ends: a header, then a line for each call, question and answer, by step, then
 * what came out, and what vouches for all of it. Nothing in them differs from run to run by chance: no ids, no durations.
 */
export function recordingLines(recording: Recording, { version, hasRequests }: WritingOptions): string[] {
  const calls = recording.calls
    .map((call, index) => ({ call, index }))
    .toSorted((one, other) => comparePaths(one.call.path, other.call.path) || one.index - other.index)
    .map(({ call }) => callRecord(call, hasRequests));
  const steps = [...recording.steps].map(([path, result]) => [path, stepRecord(result)] as const);
  const { state, error, output } = recording.end;
  const end = {
    end: { state, ...(error && { error }), ...(output !== undefined && { output }) },
    steps: Object.fromEntries(steps),
  };
  const lines = [header(recording, version), ...calls, end].map((record) => JSON.stringify(record));
  const digest = digestText(lines.map((line) => `${line}\n`).join(''));
  return [...lines, JSON.stringify({ lines: lines.length, digest })];
}

function header(recording: Recording, version: string): object {
  const { plan, innerPlans, inputs, clock, endUserId, endUser, by, agent, setup, tools, triedAgain, isCancelled } =
    recording;
  const { failed, unavailable } = triedAgain;
  return {
    recording: RECORDING,
    portia: version,
    clock,
    ...{ plan, plan_digest: planDigest(plan) },
    ...(innerPlans.length > 0 && { inner_plans: innerPlans }),
    ...{ inputs, end_user_id: endUserId },
    ...(endUser && { end_user: endUser }),
    ...(by && { by }),
    ...(agent && { agent }),
    ...(setup && { setup }),
    ...(tools.length > 0 && { tools }),
    ...(failed + unavailable > 0 && { tried_again: triedAgain }),
    ...(isCancelled === true && { cancelled: true }),
  };
}

function callRecord(call: RecordedCall, hasRequests: boolean): object {
  const { path, ...rest } = call;
  // The path begins the key of most calls.
  const place = call.at.startsWith(`${path}/`) ? {} : { path };
  switch (call.kind) {
    case 'model':
      return { ...modelRecord(call, hasRequests), ...place };
    case 'question':
      return { ...questionRecord(call), ...place };
    case 'tool':
      return { ...toolRecord(call), ...place };
    case 'hook':
    case 'wait':
    case 'signal':
    case 'settled':
      return { ...rest, ...place };
  }
}

function modelRecord(
  { path: _path, request, wording, role, end, ...call }: RecordedModel,
  hasRequests: boolean,
): object {
  return {
    ...call,
    ...(role !== 'execution' && { role }),
    wording: wording.slice(0, DIGITS),
    ...(end && { end: endRecord(end) }),
    ...(hasRequests && request !== undefined && { request }),
  };
}

/** What a provider gave with a turn goes back to nobody. */
function endRecord(end: ModelEnd): object {
  if (end.kind === 'late') return end;
  if (end.kind === 'failure') return { ...end, ...(end.usage && { usage: usageRecord(end.usage) }) };
  const { given: _given, toolCalls, usage, ...reply } = end;
  const calls = toolCalls.length > 0 && { toolCalls: toolCalls.map(withoutId) };
  return { ...reply, ...calls, usage: usageRecord(usage) };
}

/** Calls, tokens in, tokens out, and whether that is an estimate. */
export type UsageRecord = [number, number, number] | [number, number, number, true];

function usageRecord({ calls, input_tokens: input, output_tokens: output, estimated }: Usage): UsageRecord {
  return estimated === true ? [calls, input, output, true] : [calls, input, output];
}

function toolRecord({ path: _path, usage, ...call }: RecordedTool): object {
  return { ...call, ...(usage && { usage: usageRecord(usage) }) };
}

function withoutId(call: Json): Json {
  if (!isJsonObject(call)) return call;
  const { id: _id, ...rest } = call;
  return rest;
}

/** Ids of the question and its run, and answers that stand beside it. */
const OF_RUN: ReadonlySet<string> = new Set(
  'id plan_run_id path key resolved response channel answered_by reason asked approvals expired joined'.split(' '),
);

function questionRecord({ path: _path, question, ...call }: RecordedQuestion): object {
  const asked = Object.entries(question).filter(([key]) => !OF_RUN.has(key));
  return { ...call, question: Object.fromEntries(asked) };
}

/** An output by the first digits of its digest. */
function stepRecord(result: StepResult): string | { failed: RunError } {
  if (result.kind === 'failed') return { failed: result.error };
  if (result.kind === 'skipped') return 'skipped';
  return outputDigest(result);
}

/** Empty for a step without an output. */
export function outputDigest({ output, digest, short }: Extract<StepResult, { kind: 'completed' }>): string {
  if (short !== undefined) return short;
  if (digest !== undefined) return digest.slice(0, DIGITS);
  return output === undefined ? '' : shortDigest(output);
}
