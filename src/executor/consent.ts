import { digestValue } from '../domain/digest.js';
import { messageOf } from '../domain/errors.js';
import type { JsonObject } from '../domain/json.js';
import { decideConsent } from '../tools/consent-rule.js';
import { inspectTool } from '../tools/inspect-tool.js';
import type { Inspection, Tool } from '../tools/tool.js';
import { throwIfStopped } from './acting.js';
import { endsDrive } from './step-failures.js';
import { failed, type StepContext, type StepStop } from './run-context.js';
import type { ToolCall } from './tool-call.js';

/** What the tool found before acting goes with a yes, because the yes holds for nothing else. */
export type Consent = { ok: true; facts: JsonObject } | { ok: false; stop: StepStop };

/** Whether the call may be made: as the rule of consent says, and a person where it says to ask. */
export async function askConsent(context: StepContext, call: ToolCall): Promise<Consent> {
  const { tool } = call;
  const denied = refuseDenied(context, tool);
  if (denied !== undefined) return { ok: false, stop: denied };
  const inspected = await inspect(context, call);
  if (!inspected.ok) return inspected;
  const { inspection } = inspected;
  const decision = decideConsent({ tool, policy: context.services.policy(tool.id), inspection });
  if (decision === 'allow') return { ok: true, facts: inspection.facts };
  return askApproval(context, call, inspection);
}

/** A deny stands in the way of every call, also of one that was allowed before and is made again. */
export function refuseDenied(context: StepContext, tool: Tool): StepStop | undefined {
  return context.services.policy(tool.id) === 'deny' ? refused(context, `Calls of ${tool.id} are denied.`) : undefined;
}

type Inspected = { ok: true; inspection: Inspection } | { ok: false; stop: StepStop };

async function inspect(context: StepContext, { tool, args }: ToolCall): Promise<Inspected> {
  const { services, recorder, signal } = context;
  const redact = (facts: JsonObject) => recorder.redact(facts);
  const look = { environment: services.environment, created: recorder.created, signal, redact };
  try {
    return { ok: true, inspection: await inspectTool(tool, args, look) };
  } catch (error) {
    throwIfStopped(context);
    if (endsDrive(error)) throw error;
    const message = `${tool.id} could not look at what it would do: ${messageOf(error)}`;
    return { ok: false, stop: failed(context, { code: 'tool-failed', message, retryable: true }) };
  }
}

async function askApproval(context: StepContext, call: ToolCall, { facts, note }: Inspection): Promise<Consent> {
  const { tool, args, key } = call;
  if (wasApprovedBefore(context, call, facts)) return { ok: true, facts };
  const { starts } = context.recorder.effect(key);
  const hasFacts = Object.keys(facts).length > 0;
  // What is found may change while the question waits; then it is another question.
  const suffix = hasFacts ? `approval:${starts}:${digestValue(facts).slice(0, 16)}` : `approval:${starts}`;
  const asked = await call.ask(suffix, [
    {
      category: 'User Verification',
      user_guidance: `May ${tool.id} be called with these arguments?${note === undefined ? '' : ` ${note}`}`,
      tool_id: tool.id,
      args,
      ...(hasFacts && { facts }),
      source: 'portia',
    },
  ]);
  if (!asked.ok) return asked;
  if (asked.answers[0]?.response === true) return { ok: true, facts };
  return { ok: false, stop: refused(context, `A person said no to calling ${tool.id}.`) };
}

/** A yes binds to the tool, exactly these arguments and what was found, so it holds when the step is tried again. */
function wasApprovedBefore(context: StepContext, call: ToolCall, facts: JsonObject): boolean {
  if (context.attempt === 1) return false;
  const wanted = digestValue([call.args, facts]);
  const thisAttempt = `${context.path}/${context.attempt}/`;
  return context.recorder.run.outputs.clarifications.some(
    (clarification) =>
      clarification.category === 'User Verification' &&
      clarification.path === context.path &&
      clarification.tool_id === call.tool.id &&
      clarification.response === true &&
      clarification.key?.startsWith(thisAttempt) !== true &&
      digestValue([clarification.args, clarification.facts ?? {}]) === wanted,
  );
}

function refused(context: StepContext, message: string): StepStop {
  return failed(context, { code: 'declined', message, retryable: false });
}
