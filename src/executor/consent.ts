import { digestValue } from '../domain/digest.js';
import type { JsonObject } from '../domain/json.js';
import type { Inspection, Tool } from '../tools/tool.js';
import { failed, type StepContext, type StepStop } from './run-context.js';
import type { ToolCall } from './tool-call.js';

export type Consent = { ok: true; facts: JsonObject } | { ok: false; stop: StepStop };

/**
 * Whether a call may be made: deny beats approve beats ask. Without a word from the user, reading is allowed, a
 * built-in idempotent tool is allowed on what this run created, and a person is asked about everything else.
 */
export async function askConsent(context: StepContext, call: ToolCall): Promise<Consent> {
  const { services } = context;
  const { tool } = call;
  const policy = services.policy(tool.id);
  if (policy === 'deny') return refused(context, `Calls of ${tool.id} are denied.`);
  const inspection = await inspect(context, call);
  const facts = inspection?.facts ?? {};
  if (policy === 'allow' || (policy === undefined && isHarmless(tool, inspection))) return { ok: true, facts };
  const approved = await askApproval(context, call, inspection);
  return approved.ok ? { ok: true, facts } : approved;
}

function isHarmless(tool: Tool, inspection: Inspection | undefined): boolean {
  if (tool.effect === 'read') return true;
  return tool.effect === 'idempotent' && tool.source === 'builtin' && inspection?.consent === 'allow';
}

async function inspect(context: StepContext, call: ToolCall): Promise<Inspection | undefined> {
  const { environment } = context.services;
  return call.tool.inspect?.(call.args, { environment, created: context.recorder.created });
}

async function askApproval(context: StepContext, call: ToolCall, inspection: Inspection | undefined): Promise<Consent> {
  const { tool, args } = call;
  const earlier = approvalOfEarlierAttempt(context, call);
  if (earlier === true) return { ok: true, facts: {} };
  const note = inspection?.note === undefined ? '' : ` ${inspection.note}`;
  const { starts } = context.recorder.effect(call.key);
  const asked = await call.ask(`approval:${starts}`, [
    {
      category: 'User Verification',
      user_guidance: `May ${tool.id} be called with these arguments?${note}`,
      tool_id: tool.id,
      args,
      source: 'portia',
    },
  ]);
  if (!asked.ok) return asked;
  if (asked.answers[0]?.response === true) return { ok: true, facts: {} };
  return refused(context, `A person said no to calling ${tool.id}.`);
}

/** A yes binds to the tool and exactly these arguments, so it holds when the step is tried again. */
function approvalOfEarlierAttempt(context: StepContext, call: ToolCall): boolean {
  const wanted = digestValue(call.args);
  const thisAttempt = `${context.path}/${context.attempt}/`;
  return context.recorder.run.outputs.clarifications.some(
    (clarification) =>
      clarification.category === 'User Verification' &&
      clarification.path === context.path &&
      clarification.tool_id === call.tool.id &&
      clarification.response === true &&
      clarification.key?.startsWith(thisAttempt) !== true &&
      digestValue(clarification.args) === wanted,
  );
}

function refused(context: StepContext, message: string): Consent {
  return { ok: false, stop: failed(context, { code: 'declined', message, retryable: false }) };
}
