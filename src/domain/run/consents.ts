import type { Advice } from '../next-step.js';
import { changedArguments, reasonOfNo } from './approval-answers.js';
import { isUnknownOutcome, type Clarification } from './clarification.js';
import { digestValue } from '../values/digest.js';
import { assertNever, PortiaError } from '../errors.js';
import type { EventBody, EventOf, RunEvent } from './events.js';
import type { RunId } from '../values/ids.js';
import { personText, type Person } from './person.js';
import { countsHere, signerOf, type Signer, type Signing } from './signatures.js';
import { stepNumber } from '../plan/step-path.js';

/** A question whose answer lets something happen: an approval, a verification, what happened to a call. */
export function isConsent(question: Clarification): boolean {
  return question.category === 'User Verification' || isUnknownOutcome(question);
}

/** Events that end a drive. Whoever signed one vouches for everything recorded before it. */
export function endsDrive(type: EventBody['type']): boolean {
  return DRIVE_ENDS.has(type);
}

const DRIVE_ENDS: ReadonlySet<EventBody['type']> = new Set([
  'run.paused',
  'run.interrupted',
  'run.completed',
  'run.failed',
  'run.cancelled',
]);

/** An answer before its question is signed because it may turn out to be a consent. */
const SIGNED: ReadonlySet<EventBody['type']> = new Set([
  'answer.given',
  'approval.given',
  'tool.changed',
  'step.settled',
  'consents.confirmed',
]);

/** Whether the event is signed; `asked` is the question that it answers, if it answers one. */
export function isSigned(body: EventBody, asked: Clarification | undefined): boolean {
  if (body.type === 'clarification.resolved') return asked !== undefined && isConsent(asked);
  if (body.type === 'tool.finished') return filesMadeBy(body).length > 0;
  return SIGNED.has(body.type) || endsDrive(body.type);
}

/** Absolute paths of the files that a call made: later calls may overwrite them without a question. */
export function filesMadeBy({ outcome }: EventBody & { type: 'tool.finished' }): string[] {
  return outcome.kind === 'clarifications' ? [] : (outcome.created ?? []);
}

/** An answer, the yes to a tool that was changed, or what a person says that became of a step. */
type Agreed =
  | { kind: 'answer'; question: Clarification }
  | { kind: 'tool'; change: EventOf<'tool.changed'> }
  | { kind: 'step'; settled: EventOf<'step.settled'> };

/** A recorded yes that lets something happen, with who gave it. */
export interface Consent {
  /** Of exactly this yes in this place of this run. */
  digest: string;
  runId: RunId;
  /** Of the event. */
  seq: number;
  agreed: Agreed;
  signer: Signer;
  /** Whether it counts here: signed by this user or by somebody whom the user named, or confirmed by them. */
  counts: boolean;
}

/** The consents of a log. What was recorded up to event number `after` is not looked at. */
export function consentsIn(
  events: readonly RunEvent[],
  { judge, after = 0 }: Pick<Signing, 'judge'> & { after?: number },
): Consent[] {
  const questions = new Map<string, Clarification>();
  const found = new Map<string, Consent>();
  for (const event of events) {
    if (event.type === 'clarification.raised') questions.set(event.clarification.id, event.clarification);
    if (event.type === 'run.imported') for (const one of questionsOf(event)) questions.set(one.id, one);
    if (event.seq <= after) continue;
    for (const consent of consentsOf(event, questions, { judge })) found.set(consent.digest, consent);
    for (const digest of confirmedBy(event, { judge })) {
      const consent = found.get(digest);
      if (consent !== undefined) found.set(digest, { ...consent, counts: true });
    }
  }
  return [...found.values()];
}

/** `seq` of the answers before their question that somebody else recorded: they are values, never consents. */
export function answersOfOthers(events: readonly RunEvent[], signing: Pick<Signing, 'judge'>): number[] {
  const given = events.filter(({ type }) => type === 'answer.given');
  return given.filter((event) => !countsHere(signerOf(event, signing))).map(({ seq }) => seq);
}

/** The digests of the consents that this event confirms here. */
export function confirmedBy(event: RunEvent, signing: Pick<Signing, 'judge'>): string[] {
  return event.type === 'consents.confirmed' && countsHere(signerOf(event, signing)) ? event.consents : [];
}

function consentsOf(
  event: RunEvent,
  questions: ReadonlyMap<string, Clarification>,
  signing: Pick<Signing, 'judge'>,
): Consent[] {
  const { run_id: runId, seq } = event;
  if (event.type === 'run.imported') {
    return questionsOf(event)
      .filter((question) => question.resolved && isConsent(question))
      .map((question) => {
        const digest = digestValue([runId, question]);
        const agreed = { kind: 'answer', question } as const;
        return { digest, runId, seq, agreed, signer: { kind: 'unsigned' }, counts: false };
      });
  }
  const agreed = agreedIn(event, questions);
  if (agreed === undefined) return [];
  const signer = signerOf(event, signing);
  return [{ digest: digestValue(event), runId, seq, agreed, signer, counts: countsHere(signer) }];
}

function agreedIn(event: RunEvent, questions: ReadonlyMap<string, Clarification>): Agreed | undefined {
  if (event.type === 'tool.changed') return { kind: 'tool', change: event };
  if (event.type === 'step.settled') return { kind: 'step', settled: event };
  if (event.type !== 'clarification.resolved' && event.type !== 'approval.given') return undefined;
  const asked = questions.get(event.id);
  if (asked === undefined || !isConsent(asked)) return undefined;
  const { response, channel, by, ts } = event;
  const question = { ...asked, response, channel, resolved: true, resolved_at: ts, ...(by && { answered_by: by }) };
  return { kind: 'answer', question };
}

function questionsOf({ snapshot }: EventOf<'run.imported'>): Clarification[] {
  return snapshot.outputs.clarifications;
}

/** What confirms these consents and no others. */
export function digestOfConsents(consents: readonly Consent[]): string {
  return digestValue(consents.map(({ digest }) => digest).sort()).slice(0, 32);
}

/** What was agreed to, uncut, by whom, and whether it counts. */
export function describeConsent({ agreed, signer, counts, runId }: Consent, run: RunId): string {
  const of = runId === run ? '' : ` of ${runId}`;
  return `${agreedText(agreed, of)}; ${standing(signer, counts)}.`;
}

function agreedText(agreed: Agreed, of: string): string {
  if (agreed.kind === 'tool') {
    const { tool_id: id, file, by, channel, ts } = agreed.change;
    const where = file === undefined ? '' : ` (${file})`;
    return `${id}${where}${of}: accepted as it was changed ${givenBy({ by, channel, at: ts })}`;
  }
  if (agreed.kind === 'step') {
    const { path, how, by, channel, ts } = agreed.settled;
    return `step ${stepNumber(path)}${of}: settled as ${how} ${givenBy({ by, channel, at: ts })}`;
  }
  const { question } = agreed;
  const { path, answered_by: by, channel, resolved_at: at } = question;
  const place = path === undefined ? of.trim() : `step ${stepNumber(path)}${of}`;
  const start = place === '' ? '' : `${place}: `;
  return `${start}${whatIsAsked(question)}: answered ${responseText(question)} ${givenBy({ by, channel, at })}`.trim();
}

function givenBy(given: { by?: Person | undefined; channel?: string | undefined; at?: string | undefined }): string {
  const { by, channel, at } = given;
  const parts = [by && `by ${personText(by)}`, channel && `(${channel})`, at && `at ${at}`];
  return parts.filter((part) => part !== undefined).join(' ');
}

function whatIsAsked(question: Clarification): string {
  const text = JSON.stringify(question.user_guidance);
  const isCall = question.category === 'User Verification' || question.category === 'Multiple Choice';
  if (!isCall || question.tool_id === undefined) return text;
  return `${text} ${question.tool_id} ${JSON.stringify(question.args ?? {})}`;
}

/** The answer as people type it. */
export function responseText(question: Clarification): string {
  const { response } = question;
  const [reason, args] = [reasonOfNo(question), changedArguments(question)];
  if (reason !== undefined) return `no=${reason}`;
  if (args !== undefined) return `yes:=${JSON.stringify(args)}`;
  if (typeof response === 'boolean') return response ? 'yes' : 'no';
  return typeof response === 'string' ? response : JSON.stringify(response);
}

function standing(signer: Signer, counts: boolean): string {
  switch (signer.kind) {
    case 'own':
      return 'it is signed by you';
    case 'named':
      return `it is signed by ${signer.name}`;
    case 'unsigned':
      return counts ? 'it was confirmed' : 'it is not signed';
    case 'forged':
      return 'its signature does not match it';
    case 'unknown':
      return counts
        ? 'it was confirmed'
        : 'it is signed with a key that is neither yours nor that of somebody you named';
    default:
      return assertNever(signer);
  }
}

/** The error for acting on a run whose recorded consents nobody has confirmed here. */
export function consentsUnconfirmed(
  { runId, consents }: { runId: RunId; consents: readonly Consent[] },
  why: string,
  fix: Advice,
): PortiaError {
  const one = consents.length === 1;
  const what = one ? 'One recorded answer' : `${consents.length} recorded answers`;
  const lines = consents.map((consent) => describeConsent(consent, runId));
  return new PortiaError('consents-unconfirmed', `${what} of ${runId} ${one ? 'does' : 'do'} not count here.`, {
    why: [why, ...lines].join('\n'),
    fix,
    runId,
  });
}
