import { isAgreed } from './approval-answers.js';
import type { Clarification } from './clarification.js';
import { isConsent } from './consents.js';
import { countingName, type Person } from './person.js';

/** Whether a person may answer a question now. */
export type MayAnswer =
  | { allowed: true }
  | {
      allowed: false;
      /** `expired`: too late; `not-asked`: it is for others; `started`: whoever started the run may not agree; `agreed`: they did already. */
      because: 'expired' | 'not-asked' | 'started' | 'agreed';
      /** One or more sentences. */
      why: string;
      /** Names of those who may; empty when that is anybody else, or nobody. */
      ask: string[];
    };

/**
 * The one rule of who answers a question: at this time (of the clock of the store), this person. Undefined for an answer that no
 * person gave, such as that of a hook.
 */
export function whoMayAnswer(question: Clarification, person: Person | undefined, now: Date): MayAnswer {
  if (isExpired(question, now)) {
    const why = `It could be answered until ${question.expires_at}.`;
    return { allowed: false, because: 'expired', why, ask: [] };
  }
  if (!asksNamedPeople(question)) return { allowed: true };
  const name = person === undefined ? undefined : countingName(person);
  const ask = stillAsked(question);
  const refuse = (because: 'not-asked' | 'started' | 'agreed', why: string): MayAnswer => ({
    allowed: false,
    because,
    why,
    ask,
  });
  const forWhom = `The question is for ${namesText(ask) ?? 'others'}`;
  if (name === undefined) return refuse('not-asked', `${forWhom}, and nobody says who answers.`);
  if (approversOf(question)?.except?.includes(name) === true) {
    return refuse('started', `${name} started the run, and the plan wants others to agree.`);
  }
  if (hasAgreed(question, name)) return refuse('agreed', `${name} has agreed already, and others must agree, too.`);
  const asked = namesAsked(question);
  if (asked !== undefined && !asked.includes(name)) return refuse('not-asked', `${forWhom}, and here ${name} answers.`);
  return { allowed: true };
}

/** Whether it is closed to answers at this time. */
export function isExpired({ expires_at: until }: Pick<Clarification, 'expires_at'>, now: Date): boolean {
  return until !== undefined && Date.parse(until) <= now.getTime();
}

/** When the first of these questions takes no answer any more: ISO 8601, UTC; undefined when none of them expires. */
export function firstExpiry(questions: readonly Pick<Clarification, 'resolved' | 'expires_at'>[]): string | undefined {
  const times = questions.flatMap(({ resolved, expires_at: until }) =>
    resolved || until === undefined ? [] : [until],
  );
  return times.sort()[0];
}

/** Whether not everybody may answer it. */
export function asksNamedPeople(question: Clarification): boolean {
  return approversOf(question) !== undefined || question.assignees !== undefined;
}

/** Who must agree: of a question that lets something happen. */
export function approversOf(question: Clarification): Clarification['approvers'] {
  return isConsent(question) ? question.approvers : undefined;
}

/** How many different people must agree; what became of a call is known to one. */
export function requiredApprovals(question: Clarification): number {
  return question.category === 'User Verification' ? (question.approvers?.required ?? 1) : 1;
}

/** Names of those who may still answer; empty when the plan names nobody. */
export function stillAsked(question: Clarification): string[] {
  const except = approversOf(question)?.except ?? [];
  const names = namesAsked(question) ?? [];
  return names.filter((name) => !except.includes(name) && !hasAgreed(question, name));
}

/** Whether enough people agree once this one does. */
export function isLastNeeded(question: Clarification, person: Person | undefined): boolean {
  const required = requiredApprovals(question);
  return required === 1 || namesOfThoseWho(question, person).size >= required;
}

/**
 * Whether those who agreed to an answered question are the ones who must: a log may have been written by anybody.
 * `required`: how many, by default as many as the plan says.
 */
export function isAgreedByThose(question: Clarification, required = requiredApprovals(question)): boolean {
  if (!isConsent(question) || !asksNamedPeople(question) || !isAgreed(question)) return true;
  const asked = namesAsked(question);
  const except = approversOf(question)?.except ?? [];
  const names = [...namesOfThoseWho(question, question.answered_by)];
  return names.filter((name) => !except.includes(name) && asked?.includes(name) !== false).length >= required;
}

/** `ann, ben or cleo`; undefined without names. */
export function namesText(names: readonly string[], last = 'or'): string | undefined {
  const [first, ...others] = names;
  if (first === undefined) return undefined;
  return others.length === 0 ? first : `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1)}`;
}

function namesAsked(question: Clarification): string[] | undefined {
  const approvers = approversOf(question);
  return approvers === undefined ? question.assignees : approvers.any_of;
}

function hasAgreed({ approvals = [] }: Clarification, name: string): boolean {
  return approvals.some(({ by }) => by !== undefined && countingName(by) === name);
}

function namesOfThoseWho({ approvals = [], asked }: Clarification, last: Person | undefined): Set<string> {
  const given = approvals.filter((one) => asked === undefined || one.asked === undefined || one.asked === asked);
  const people = [...given.map(({ by }) => by), last];
  return new Set(people.flatMap((person) => (person === undefined ? [] : [countingName(person)])));
}
