import type { JsonObject } from '../domain/values/json.js';
import type { AgentStep, ReactStep } from '../domain/plan/plan.js';
import { describeThrown } from '../domain/values/thrown.js';
import type { PolicyVerdict } from '../domain/values/policies.js';
import { decideConsent, describeDenial } from '../tools/consent-rule.js';
import { inspectTool } from '../tools/inspect-tool.js';
import { isNamed, type NamedFiles } from '../tools/named-files.js';
import type { Inspection, Tool } from '../tools/tool.js';
import { throwIfStopped } from './interruption.js';
import { failed, type Got, type StepStop } from './outcomes.js';
import {
  approve,
  approveAgain,
  hasApproval,
  isApprovedForRun,
  wasApprovedInStep,
  type CallToApprove,
} from './approval.js';
import { actualArguments, type CallWithSecrets } from './call-secrets.js';
import { endsDrive } from './step-failures.js';
import { sendsPrivate } from './private-values.js';
import type { StepContext } from './run-context.js';

/** What was agreed to goes with a yes: the arguments, and what the tool found. The yes holds for nothing else. */
export interface Consent {
  args: JsonObject;
  facts: JsonObject;
}

/** A call that needs a consent. */
export interface CallToDecide extends CallToApprove, CallWithSecrets {
  /** The step whose model wrote the arguments; undefined when the plan did. */
  agent?: AgentStep | ReactStep | undefined;
}

/** Whether the call may be made: as the rule of consent says, and a person where it says to ask. */
export async function askConsent(context: StepContext, call: CallToDecide): Promise<Got<Consent>> {
  const { tool } = call;
  const verdict = await context.services.policy(tool.id, call.args);
  if (verdict.policy === 'deny') return refuseDenied(context, tool, verdict);
  const inspected = await inspect(context, call);
  if (!inspected.ok) return inspected;
  const inspection = inspected.value;
  const leaks = sendsPrivate(context, call) && !wasApprovedInStep(context, tool);
  const decision = decideConsent({ tool, verdict, inspection, leaks });
  const { facts } = inspection;
  const mustAsk = inspection.mustAsk === true || verdict.problem !== undefined;
  const isAgreed = decision === 'allow' || (!mustAsk && isApprovedForRun(context, tool));
  if (isAgreed) return { ok: true, value: { args: call.args, facts } };
  const note = [verdict.problem, inspection.note, leaks ? LEAVES : undefined]
    .filter((part) => part !== undefined)
    .join(' ');
  return consentOf(context, call, { facts, approved: await approve(context, call, { facts, ...(note && { note }) }) });
}

const LEAVES = 'These arguments leave the machine, and the step can also read private content.';

/** A deny blocks every call, also one that was allowed before and is made again. */
function refuseDenied(context: StepContext, { id }: Tool, verdict: PolicyVerdict): Got<never> {
  return { ok: false, stop: refused(context, describeDenial(id, verdict)) };
}

async function inspect(context: StepContext, call: CallToDecide): Promise<Got<Inspection>> {
  const { tool } = call;
  const { services, recorder, signal } = context;
  const redact = (facts: JsonObject) => recorder.redact(facts);
  const named = call.agent === undefined ? undefined : namedFiles(context, call.agent);
  const look = {
    environment: services.environment,
    created: recorder.index.created,
    isNamed: named && (async (file: string) => isNamed(file, named)),
    signal,
    redact,
  };
  try {
    return { ok: true, value: await inspectTool(tool, await actualArguments(context, call), look) };
  } catch (error) {
    throwIfStopped(context);
    if (endsDrive(error)) throw error;
    const message = `${tool.id} could not look at what it would do: ${describeThrown(error, (text) => recorder.redact(text))}`;
    return { ok: false, stop: failed(context, { code: 'tool-failed', message, retryable: true }) };
  }
}

function namedFiles({ recorder, path }: StepContext, { task, writes = [] }: AgentStep | ReactStep): NamedFiles {
  const asked = recorder.run.outputs.clarifications.filter((question) => question.path === path && question.resolved);
  const answers = asked.map((question) =>
    question.category === 'Value Confirmation' && question.response === true ? question.value : question.response,
  );
  return { task, writes, answers: answers.filter((answer) => typeof answer === 'string') };
}

/**
 * The same for a call that was begun before and is made again. `isAgreed`: a person said what happened to it, and to
 * make it. Otherwise a call without an approval is decided again, because anybody may have written the log of a run.
 */
export async function askConsentAgain(
  context: StepContext,
  call: CallToDecide,
  { facts, isAgreed = false }: { facts: JsonObject; isAgreed?: boolean },
): Promise<Got<Consent>> {
  const { tool } = call;
  const verdict = await context.services.policy(tool.id, call.args);
  if (verdict.policy === 'deny') return refuseDenied(context, tool, verdict);
  if (verdict.policy === 'allow') return { ok: true, value: { args: call.args, facts } };
  if (!isAgreed && !hasApproval(context, call)) return askConsent(context, call);
  return consentOf(context, call, { facts, approved: await approveAgain(context, call, facts) });
}

function consentOf(
  context: StepContext,
  { tool }: CallToDecide,
  { facts, approved }: { facts: JsonObject; approved: Got<JsonObject | undefined> },
): Got<Consent> {
  if (!approved.ok) return approved;
  const args = approved.value;
  if (args !== undefined) return { ok: true, value: { args, facts } };
  return { ok: false, stop: refused(context, { message: `A person said no to calling ${tool.id}.` }) };
}

function refused(context: StepContext, said: { message: string; why?: string; fix?: string }): StepStop {
  return failed(context, { code: 'declined', ...said, retryable: false });
}
