import { APPROVAL_SOURCE, isAbout, isAboutSameCall, isAsAnswered, isOwnApproval } from '../domain/run/asked-digest.js';
import {
  ALWAYS,
  APPROVAL_KEY,
  asAgreed,
  asksAboutCall,
  changedArguments,
  FOR_THIS_RUN,
  isAgreed,
  reasonOfNo,
} from '../domain/run/approval-answers.js';
import type { Clarification, ClarificationRequest } from '../domain/run/clarification.js';
import type { AgentStep, ReactStep } from '../domain/plan/plan.js';
import { digestValue } from '../domain/values/digest.js';
import { canonicalJson, type JsonObject, type JsonSchema } from '../domain/values/json.js';
import type { Tool } from '../tools/tool.js';
import type { StepContext } from './run-context.js';
import type { Ask } from './lost-secrets.js';
import type { Got } from './outcomes.js';
import { withoutRounds } from '../domain/plan/step-path.js';
import { isAgreedByThose } from '../domain/run/who-may-answer.js';
import { askedOf } from './asking-policy.js';
import { recordedSources, type ArgumentSources } from './value-sources.js';
import { fingerprintTool } from './tool-fingerprints.js';

/** A call that a person may be asked about. */
export interface CallToApprove {
  tool: Tool;
  /** As they are recorded and shown. */
  args: JsonObject;
  /** The step whose model wrote the arguments; undefined when the plan did. */
  agent?: AgentStep | ReactStep | undefined;
  /** Where the arguments came from. */
  sources?: ArgumentSources | undefined;
  key: string;
  ask: Ask;
  /** What a hook wants a person to be asked about the call, whatever was approved beforehand. */
  hookAsks?: string | undefined;
}

type Approval = ClarificationRequest & { category: 'User Verification' };

/** What a person said about a call. */
export type Decision = { kind: 'yes' | 'changed'; args: JsonObject } | { kind: 'no'; reason: string | undefined };

/** What is asked about a call, beside the call itself. */
export interface Asked {
  /** What the tool found. */
  facts: JsonObject;
  /** What the person should know of it. */
  note: string | undefined;
  /** How often a person changed the arguments before this question. */
  changes: number;
  /** Only a yes to this very call counts. */
  onlyThis: boolean;
  /** Whether a yes may be kept for the project. */
  mayKeep: boolean;
}

/**
 * Asks whether a call may be made with these arguments, given these findings, or uses an existing yes. Gives the
 * arguments that were agreed to; `changed` ones are not checked yet.
 */
export async function approve(context: StepContext, call: CallToApprove, about: Asked): Promise<Got<Decision>> {
  const named = await askedOf(context, approvalRequest(call, about));
  if (!named.ok) return named;
  const request = named.value;
  const before = yesBefore(context, request);
  if (before !== undefined) return { ok: true, value: decisionOf(before, call.args) };
  const suffix = approvalKey(context, call.key, about);
  const kept = await keptArguments(call, context.recorder.questions.under(`${call.key}:${suffix}`).at(-1));
  const asked = await call.ask(suffix, [withArguments(request, kept)]);
  if (!asked.ok) return asked;
  const [question] = asked.value;
  if (question === undefined) throw new Error(`${call.key} asked nothing`);
  return { ok: true, value: decisionOf(question, kept ?? call.args) };
}

function withArguments(request: ClarificationRequest, args: JsonObject | undefined): ClarificationRequest {
  return args === undefined || request.category !== 'User Verification' ? request : { ...request, args };
}

/** What is asked about a call that was begun: what the tool found then, and nothing more. */
export function onlyFacts(facts: JsonObject): Asked {
  return { facts, note: undefined, changes: 0, onlyThis: false, mayKeep: false };
}

function decisionOf(question: Clarification, asked: JsonObject): Decision {
  const changed = changedArguments(question);
  if (changed !== undefined) return { kind: 'changed', args: changed };
  return isAgreed(question) ? { kind: 'yes', args: asked } : { kind: 'no', reason: reasonOfNo(question) };
}

/**
 * The same for a call that was begun and is made again: nobody is asked, unless its record differs from what a person
 * agreed to.
 */
export async function approveAgain(context: StepContext, call: CallToApprove, about: Asked): Promise<Got<Decision>> {
  const named = await askedOf(context, approvalRequest(call, about));
  if (!named.ok) return named;
  const wanted = context.recorder.redact(named.value);
  const approvals = approvalsOfCall(context, call).filter((question) => isAgreedByThose(question));
  const isCovered = approvals.length === 0 || approvals.some((question) => isAboutSameCall(asAgreed(question), wanted));
  return isCovered ? { ok: true, value: { kind: 'yes', args: call.args } } : approve(context, call, about);
}

/** The arguments that a person gave a call in place of those that it was to be made with, if somebody did. */
export function argumentsOfPerson(context: StepContext, call: CallToApprove): JsonObject | undefined {
  const approvals = approvalsOfCall(context, call);
  const [last] = approvals.slice(-1);
  if (last === undefined || approvals.every((question) => changedArguments(question) === undefined)) return undefined;
  return changedArguments(last) ?? (last.category === 'User Verification' ? last.args : undefined);
}

/** Why a person said no to this very call, which its agent was told: it is not asked about again. */
export function toldReason({ recorder, path }: StepContext, { key }: CallToApprove): string | undefined {
  const refused = recorder.run.outputs.clarifications.find(
    (question) =>
      question.path === path && question.key?.startsWith(`${key}:`) === true && reasonOfNo(question) !== undefined,
  );
  return refused === undefined ? undefined : reasonOfNo(refused);
}

/** Whether a person agreed to this call at some time. */
export function hasApproval(context: StepContext, call: CallToApprove): boolean {
  return approvalsOfCall(context, call).some((question) => isAgreedByThose(question));
}

function approvalsOfCall(context: StepContext, call: CallToApprove): Clarification[] {
  return approvalsOf(context, ({ key }) => key?.startsWith(`${call.key}:`) === true);
}

/** Whether a person let the tool, as it is now, be called for the rest of the run. */
export function isApprovedForRun(context: StepContext, tool: Tool): boolean {
  return approvalsOfTool(context, tool).some(({ response }) => response === FOR_THIS_RUN || response === ALWAYS);
}

/** Whether a person let the tool, as it is now, be called by this step of the plan, in whatever round of its loops. */
export function wasApprovedInStep(context: StepContext, tool: Tool): boolean {
  const step = withoutRounds(context.path);
  return approvalsOfTool(context, tool).some(
    // Whoever changed what is sent did not agree to what else the step sends.
    (question) =>
      question.path !== undefined && withoutRounds(question.path) === step && changedArguments(question) === undefined,
  );
}

function approvalsOfTool({ recorder }: StepContext, tool: Tool): Clarification[] {
  const fingerprint = fingerprintTool(tool);
  return recorder.run.outputs.clarifications.filter(
    (question) =>
      isAgreed(question) &&
      asksAboutCall(question) &&
      question.tool_id === tool.id &&
      question.tool_fingerprint === fingerprint &&
      isAsAnswered(question),
  );
}

function approvalRequest(
  { tool, args, agent, sources: from }: CallToApprove,
  { facts, note, onlyThis, mayKeep }: Asked,
): Approval {
  const fingerprint = fingerprintTool(tool);
  const sources = recordedSources(args, { tool: tool.id, sources: from });
  return {
    category: 'User Verification',
    user_guidance: `May ${tool.id} be called with these arguments?${note === undefined ? '' : ` ${note}`}`,
    tool_id: tool.id,
    args,
    ...argumentsSchemaOf(tool),
    effect: tool.effect,
    ...(tool.sends === true && { sends: true }),
    ...(sources !== undefined && { sources }),
    ...(agent !== undefined && { by_agent: true }),
    ...(onlyThis && { only_this: true }),
    ...(mayKeep && { may_keep: true }),
    ...(Object.keys(facts).length > 0 && { facts }),
    ...(fingerprint !== undefined && { tool_fingerprint: fingerprint }),
    source: APPROVAL_SOURCE,
  };
}

/** Characters of a schema that a question carries. A longer one is compared only when the call is made. */
const MOST_OF_SCHEMA = 20_000;

function argumentsSchemaOf(tool: Tool): { args_schema?: JsonSchema } {
  const schema = tool.inputSchema();
  return JSON.stringify(schema).length > MOST_OF_SCHEMA ? {} : { args_schema: schema };
}

/** Older versions kept questions about different findings under keys of their own. */
function approvalKey({ recorder }: StepContext, key: string, { facts, changes }: Asked): string {
  const own = `approval:${recorder.index.effect(key).starts}`;
  if (changes > 0) return `${own}:change${changes}`;
  const older = `${own}:${digestValue(facts).slice(0, 16)}`;
  return recorder.questions.under(`${key}:${older}`).length > 0 ? older : own;
}

/** A yes binds to the tool, exactly these arguments and what was found, so it holds when the step is tried again. */
function yesBefore(context: StepContext, request: ClarificationRequest): Clarification | undefined {
  if (context.attempt === 1) return undefined;
  const wanted = context.recorder.redact(request);
  const thisAttempt = `${context.path}/${context.attempt}/`;
  const earlier = approvalsOf(context, ({ key }) => key?.startsWith(thisAttempt) !== true);
  return earlier.find(
    (question) => isAgreedByThose(question) && (isAbout(question, wanted) || wasBegunWith(context, question, wanted)),
  );
}

/** A change of the tool was accepted by a person since. What was begun with this yes may be tried again with it. */
function wasBegunWith({ recorder }: StepContext, question: Clarification, wanted: ClarificationRequest): boolean {
  const [call = ''] = question.key?.split(APPROVAL_KEY) ?? [];
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
