import { askingOf, type AskingStep } from '../domain/plan/step-kinds/asking.js';
import { canonicalJson, type JsonObject } from '../domain/values/json.js';
import type { AgentStep, ReactStep } from '../domain/plan/plan.js';
import { describeThrown } from '../domain/values/thrown.js';
import type { PolicyVerdict } from '../domain/values/policies.js';
import { describeProblems } from '../tools/argument-problems.js';
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
  onlyFacts,
  toldReason,
  wasApprovedInStep,
  type Asked,
  type CallToApprove,
  type Decision,
} from './approval.js';
import { actualArguments, parseWithSecrets, type CallWithSecrets } from './call-secrets.js';
import { knownTool } from './tool-fingerprints.js';
import { changedNames, givenByPerson } from './value-sources.js';
import { placesLeft, type SecretPlace } from './secret-places.js';
import { endsDrive } from './step-failures.js';
import { sendsPrivate } from './private-values.js';
import type { StepContext } from './run-context.js';

/** What was agreed to goes with a yes: the arguments, and what the tool found. The yes holds for nothing else. */
export interface Consent {
  args: JsonObject;
  /** The places of secrets in the arguments. */
  secrets: SecretPlace[];
  facts: JsonObject;
  /** Whether a person changed the arguments. */
  isChanged?: boolean | undefined;
}

/** A call that needs a consent. */
export type CallToDecide = CallToApprove & CallWithSecrets;

/** Whether a call may be made. `refused`: a person said no, perhaps with a reason. */
export type Consented = Got<Consent> | { ok: false; refused: string | undefined };

/** Whether the call may be made: as the rule of consent says, and a person where it says to ask. */
export async function askConsent(context: StepContext, call: CallToDecide): Promise<Consented> {
  const told = call.agent === undefined ? undefined : toldReason(context, call);
  if (told !== undefined) return { ok: false, refused: told };
  const judged = await judge(context, call);
  if (!judged.ok) return judged;
  const { isAgreed, ...found } = judged.value;
  if (isAgreed) return { ok: true, value: { ...call, facts: found.facts } };
  return askPerson(context, call, { ...found, changes: 0 });
}

/** What the rules say of a call, and what the tool finds. */
interface Judged extends Omit<Asked, 'changes'> {
  isAgreed: boolean;
}

async function judge(context: StepContext, call: CallToDecide): Promise<Got<Judged>> {
  const { tool } = call;
  const verdict = await context.services.policy(tool.id, call.args);
  if (verdict.policy === 'deny') return refuseDenied(context, tool, verdict);
  const inspected = await inspect(context, call);
  if (!inspected.ok) return inspected;
  const { hookAsks } = call;
  const mustAsk = hookAsks !== undefined || (approversOf(context) !== undefined && (acts(tool) || tool.sends === true));
  const inspection = { ...inspected.value, ...(mustAsk && { mustAsk }) };
  const leaks = sendsPrivate(context, call) && !wasApprovedInStep(context, tool);
  const { always } = context.services;
  const known = knownTool(tool);
  const isKept = known !== undefined && always?.has(known) === true;
  const decision = decideConsent({ tool, verdict, inspection, leaks, isKept });
  const onlyThis = inspection.mustAsk === true || verdict.problem !== undefined;
  const note = [hookAsks, verdict.problem, inspection.note, leaks ? LEAVES : undefined].filter(
    (part) => part !== undefined,
  );
  return {
    ok: true,
    value: {
      isAgreed: decision === 'allow' || (!onlyThis && isApprovedForRun(context, tool)),
      facts: inspection.facts,
      note: note.length === 0 ? undefined : note.join(' '),
      onlyThis,
      // What a rule asks about is asked about each time.
      mayKeep: always !== undefined && known !== undefined && verdict.policy === undefined && !onlyThis && !leaks,
    },
  };
}

/** Who must agree to the calls of the step, where its plan says so. Nothing that was approved beforehand stands for them. */
function approversOf({ step }: StepContext): AskingStep['approvers'] {
  return step && askingOf(step)?.approvers;
}

const acts = ({ effect }: Tool) => effect !== 'read';

/** What a person said about a call, and what was shown with the question. */
interface Said extends Asked {
  said: Got<Decision>;
}

async function askPerson(context: StepContext, call: CallToDecide, asked: Asked): Promise<Consented> {
  return decided(context, call, { ...asked, said: await approve(context, call, asked) });
}

async function decided(context: StepContext, call: CallToDecide, { said, ...asked }: Said): Promise<Consented> {
  if (!said.ok) return said;
  const decision = said.value;
  if (decision.kind === 'no') return { ok: false, refused: decision.reason };
  if (decision.kind === 'changed') return takeChange(context, call, { ...asked, args: decision.args });
  const { args } = decision;
  return { ok: true, value: { args, secrets: call.secrets, facts: asked.facts, isChanged: asked.changes > 0 } };
}

/**
 * The call with the arguments that a person gave it: checked by the tool, judged by the rules and looked at again. What
 * the person has not seen yet is asked about.
 */
async function takeChange(
  context: StepContext,
  call: CallToDecide,
  { args, ...before }: Asked & { args: JsonObject },
): Promise<Consented> {
  const changes = before.changes + 1;
  const secrets = placesLeft(args, call.secrets);
  const parsed = await parseWithSecrets(context, call.tool, { args, places: secrets });
  if (!parsed.ok) {
    const problem = `The changed arguments do not fit: ${describeProblems(parsed.problems)}.`;
    const note = [problem, before.note].filter((part) => part !== undefined).join(' ');
    return askPerson(context, call, { ...before, note, changes });
  }
  const sources = givenByPerson(call.sources, changedNames(call.args, args));
  const changed = { ...call, secrets, args: parsed.args, sources };
  // The person wrote them now, and not the model.
  const judged = await judge(context, { ...changed, agent: undefined });
  if (!judged.ok) return judged;
  const { isAgreed, ...found } = judged.value;
  const { facts, note } = found;
  const isSeen =
    canonicalJson([parsed.args, facts]) === canonicalJson([args, before.facts]) &&
    (note === undefined || note === before.note);
  // Others have not seen what one of them changed.
  const isForOne = (approversOf(context)?.required ?? 1) === 1;
  if (isAgreed || (isSeen && isForOne))
    return { ok: true, value: { args: parsed.args, secrets, facts, isChanged: true } };
  return askPerson(context, changed, { ...found, changes });
}

const LEAVES = 'These arguments leave the machine, and the step can also read private content.';

/** A deny blocks every call, also one that was allowed before and is made again. */
function refuseDenied(context: StepContext, { id }: Tool, verdict: PolicyVerdict): Got<never> {
  return { ok: false, stop: declined(context, describeDenial(id, verdict)) };
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
): Promise<Consented> {
  const { tool } = call;
  const verdict = await context.services.policy(tool.id, call.args);
  if (verdict.policy === 'deny') return refuseDenied(context, tool, verdict);
  if (verdict.policy === 'allow') return { ok: true, value: { ...call, facts } };
  if (!isAgreed && !hasApproval(context, call)) return askConsent(context, call);
  const asked = onlyFacts(facts);
  return decided(context, call, { ...asked, said: await approveAgain(context, call, asked) });
}

function declined(context: StepContext, said: { message: string; why?: string; fix?: string }): StepStop {
  return failed(context, { code: 'declined', ...said, retryable: false });
}
