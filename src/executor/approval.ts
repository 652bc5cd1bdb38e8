import { APPROVAL_SOURCE, isAbout, isAboutSameCall, isAsAnswered, isOwnApproval } from '../domain/run/asked-digest.js';
import {
  FOR_THIS_RUN,
  isAgreed,
  mayHoldForRun,
  type Clarification,
  type ClarificationRequest,
} from '../domain/run/clarification.js';
import { digestValue } from '../domain/values/digest.js';
import { canonicalJson, type JsonObject } from '../domain/values/json.js';
import type { Tool } from '../tools/tool.js';
import type { StepContext } from './run-context.js';
import type { Ask } from './lost-secrets.js';
import type { Got } from './outcomes.js';
import { withoutRounds } from '../domain/plan/step-path.js';
import { fingerprintTool } from './tool-fingerprints.js';

/** A call that a person may be asked about. */
export interface CallToApprove {
  tool: Tool;
  /** As they are recorded and shown. */
  args: JsonObject;
  key: string;
  ask: Ask;
}

type Approval = ClarificationRequest & { category: 'User Verification' };

/**
 * Asks whether a call may be made with these arguments, given these findings, or uses an existing yes. Gives the
 * arguments that were agreed to; undefined when a person said no.
 */
export async function approve(
  context: StepContext,
  call: CallToApprove,
  { facts, note }: { facts: JsonObject; note?: string | undefined },
): Promise<Got<JsonObject | undefined>> {
  const request = approvalRequest(call, facts, note);
  if (wasApprovedBefore(context, request)) return { ok: true, value: call.args };
  const suffix = approvalKey(context, call.key, facts);
  const kept = await keptArguments(call, context.recorder.questions.under(`${call.key}:${suffix}`)[0]);
  const asked = await call.ask(suffix, [kept === undefined ? request : { ...request, args: kept }]);
  if (!asked.ok) return asked;
  return { ok: true, value: asked.value.every(isAgreed) ? (kept ?? call.args) : undefined };
}

/**
 * The same for a call that was begun and is made again: nobody is asked, unless its record differs from what a person
 * agreed to.
 */
export async function approveAgain(
  context: StepContext,
  call: CallToApprove,
  facts: JsonObject,
): Promise<Got<JsonObject | undefined>> {
  const wanted = context.recorder.redact(approvalRequest(call, facts));
  const approvals = approvalsOfCall(context, call);
  const covered = approvals.length === 0 || approvals.some((question) => isAboutSameCall(question, wanted));
  return covered ? { ok: true, value: call.args } : approve(context, call, { facts });
}

/** Whether a person agreed to this call at some time. */
export function hasApproval(context: StepContext, call: CallToApprove): boolean {
  return approvalsOfCall(context, call).length > 0;
}

function approvalsOfCall(context: StepContext, call: CallToApprove): Clarification[] {
  return approvalsOf(context, ({ key }) => key?.startsWith(`${call.key}:`) === true);
}

/** Whether a person let the tool, as it is now, be called for the rest of the run. */
export function isApprovedForRun(context: StepContext, tool: Tool): boolean {
  return approvalsOfTool(context, tool).some(({ response }) => response === FOR_THIS_RUN);
}

/** Whether a person let the tool, as it is now, be called by this step of the plan, in whatever round of its loops. */
export function wasApprovedInStep(context: StepContext, tool: Tool): boolean {
  const step = withoutRounds(context.path);
  return approvalsOfTool(context, tool).some(({ path }) => path !== undefined && withoutRounds(path) === step);
}

function approvalsOfTool({ recorder }: StepContext, tool: Tool): Clarification[] {
  const fingerprint = fingerprintTool(tool);
  return recorder.run.outputs.clarifications.filter(
    (question) =>
      isAgreed(question) &&
      mayHoldForRun(question) &&
      question.tool_id === tool.id &&
      question.tool_fingerprint === fingerprint &&
      isAsAnswered(question),
  );
}

function approvalRequest(
  { tool, args }: Pick<CallToApprove, 'tool' | 'args'>,
  facts: JsonObject,
  note?: string,
): Approval {
  const fingerprint = fingerprintTool(tool);
  return {
    category: 'User Verification',
    user_guidance: `May ${tool.id} be called with these arguments?${note === undefined ? '' : ` ${note}`}`,
    tool_id: tool.id,
    args,
    ...(Object.keys(facts).length > 0 && { facts }),
    ...(fingerprint !== undefined && { tool_fingerprint: fingerprint }),
    source: APPROVAL_SOURCE,
  };
}

/** Older versions kept questions about different findings under keys of their own. */
function approvalKey({ recorder }: StepContext, key: string, facts: JsonObject): string {
  const own = `approval:${recorder.index.effect(key).starts}`;
  const older = `${own}:${digestValue(facts).slice(0, 16)}`;
  return recorder.questions.under(`${key}:${older}`).length > 0 ? older : own;
}

/** A yes binds to the tool, exactly these arguments and what was found, so it holds when the step is tried again. */
function wasApprovedBefore(context: StepContext, request: Approval): boolean {
  if (context.attempt === 1) return false;
  const wanted = context.recorder.redact(request);
  const thisAttempt = `${context.path}/${context.attempt}/`;
  const earlier = approvalsOf(context, ({ key }) => key?.startsWith(thisAttempt) !== true);
  return earlier.some((question) => isAbout(question, wanted) || wasBegunWith(context, question, wanted));
}

/** A change of the tool was accepted by a person since. What was begun with this yes may be tried again with it. */
function wasBegunWith({ recorder }: StepContext, question: Clarification, wanted: Approval): boolean {
  const [call = ''] = question.key?.split(':approval:') ?? [];
  return recorder.index.effect(call).toolStarted !== undefined && isAboutSameCall(question, wanted);
}

/** The questions of the step that were answered with yes. */
function approvalsOf({ recorder, path }: StepContext, isMeant: (question: Clarification) => boolean): Clarification[] {
  return recorder.run.outputs.clarifications.filter(
    (question) => question.path === path && isAgreed(question) && isOwnApproval(question) && isMeant(question),
  );
}

/**
 * Values that a tool fills in may differ each time, such as the time of day. When such a change was asked about
 * already, the call is made with the values that were agreed to: otherwise the asking would never end.
 */
async function keptArguments(
  { tool, args }: Pick<CallToApprove, 'tool' | 'args'>,
  question: Clarification | undefined,
): Promise<JsonObject | undefined> {
  if (question?.category !== 'User Verification' || question.replaces === undefined) return undefined;
  const { args: agreed } = question;
  if (agreed === undefined || !isAgreed(question)) return undefined;
  const parsed = await tool.parseArguments(agreed);
  if (!parsed.ok || canonicalJson(parsed.args) !== canonicalJson(agreed)) return undefined;
  const differing = Object.keys({ ...agreed, ...args }).filter(
    (name) => canonicalJson(agreed[name]) !== canonicalJson(args[name]),
  );
  for (const name of differing) if (!(await isFilledIn(tool, args, name))) return undefined;
  return agreed;
}

async function isFilledIn(tool: Tool, args: JsonObject, name: string): Promise<boolean> {
  const { [name]: _left, ...others } = args;
  const parsed = await tool.parseArguments(others);
  return parsed.ok && Object.hasOwn(parsed.args, name);
}
