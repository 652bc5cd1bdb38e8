import type { Clarification } from '../domain/run/clarification.js';
import { countingName } from '../domain/run/person.js';
import { approversOf, namesText, requiredApprovals } from '../domain/run/who-may-answer.js';
import { oneLine, printable } from '../domain/values/printable.js';

/** Who may answer a question, who has agreed, and until when; empty when anybody may at any time. */
export function askedPeople(question: Clarification, { isToldWho = false } = {}): string[] {
  const who = isToldWho && approversOf(question) === undefined ? undefined : whoText(question);
  return [who, agreedText(question), untilText(question)]
    .filter((line) => line !== undefined)
    .map((line) => oneLine(line));
}

function whoText(question: Clarification): string | undefined {
  const approvers = approversOf(question);
  if (approvers === undefined) {
    return question.assignees === undefined ? undefined : `only ${namesText(question.assignees)} may answer`;
  }
  const required = requiredApprovals(question);
  const names = namesText(approvers.any_of ?? []);
  const who = required === 1 ? `${names ?? 'somebody'} must agree` : `${required} of ${names ?? 'anybody'} must agree`;
  const except = namesText(approvers.except ?? []);
  return except === undefined ? who : `${who}, and not ${except}, who started the run`;
}

function agreedText({ approvals = [] }: Clarification): string | undefined {
  const names = approvals.map(({ by, at }) => `${by === undefined ? 'somebody' : countingName(by)} (${at})`);
  return names.length === 0 ? undefined : `agreed so far: ${names.join(', ')}`;
}

function untilText({ expires_at: until, on_expiry: then }: Clarification): string | undefined {
  if (until === undefined) return undefined;
  const what = then === 'steps' ? 'other steps of the plan are done' : 'the run stops';
  const value = typeof then === 'object' ? `the answer is ${printable(JSON.stringify(then.value))}` : what;
  return `until ${until}; then ${value}`;
}
