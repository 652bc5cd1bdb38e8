import { describeConsent } from '../domain/run/consents.js';
import type { Consent } from '../domain/run/consents.js';
import type { RunId } from '../domain/values/ids.js';
import type { Signer } from '../domain/run/signatures.js';
import { assertNever } from '../domain/errors.js';
import { count } from './brief-value.js';
import type { Look } from './look.js';
import { printable } from '../domain/values/printable.js';
import { wrapTo } from './text-width.js';

/** What is known of the log of one run. */
export interface VerifiedLog {
  runId: RunId;
  events: number;
  tiedFrom: number | undefined;
  firstBad: { seq: number; why: string } | undefined;
  lastEnd: { seq: number; type: string; signer: Signer } | undefined;
  consents: Consent[];
}

/** The result of verifying a run and those inside it, a line each; failures are named. Ends with a newline. */
export function verifyView(logs: VerifiedLog[], look: Look): string {
  const lines = logs.flatMap((log) => [look.colour.bold(`Run ${log.runId}`), ...logLines(log, look)]);
  return `${lines.join('\n')}\n`;
}

type Mark = 'ok' | 'bad' | 'note';

function logLines(log: VerifiedLog, look: Look): string[] {
  return [
    ...chainLines(log),
    ...endLines(log),
    ...log.consents.map((consent) => consentLine(consent, log.runId)),
  ].flatMap(([mark, text]) => markedLines(mark, text, look));
}

function chainLines({ events, tiedFrom, firstBad }: VerifiedLog): [Mark, string][] {
  if (firstBad !== undefined) return [['bad', `Event ${firstBad.seq} is not as it was recorded. ${firstBad.why}`]];
  if (events === 0) return [['note', 'It has no events: another program made it.']];
  if (tiedFrom === undefined) {
    return [
      ['note', `Its ${count(events, 'event')} can be read; an older version wrote them, so a change would not show.`],
    ];
  }
  const from = tiedFrom > 2 ? ` from event ${tiedFrom} on; before it a change would not show` : '';
  return [['ok', `Its ${count(events, 'event')} are as they were recorded${from}.`]];
}

function endLines({ lastEnd }: VerifiedLog): [Mark, string][] {
  if (lastEnd === undefined) return [['note', 'No end of a drive is signed.']];
  const { seq, type, signer } = lastEnd;
  const isKnown = signer.kind === 'own' || signer.kind === 'named';
  return [[isKnown ? 'ok' : 'note', `Event ${seq} (${type}) is signed ${bySigner(signer)}.`]];
}

function consentLine(consent: Consent, run: RunId): [Mark, string] {
  return [consent.counts ? 'ok' : 'bad', `Event ${consent.seq}, ${describeConsent(consent, run)}`];
}

function bySigner(signer: Signer): string {
  switch (signer.kind) {
    case 'own':
      return 'by you';
    case 'named':
      return `by ${signer.name}`;
    case 'unknown':
      return 'with a key that is neither yours nor that of somebody you named';
    case 'forged':
      return 'wrongly';
    case 'unsigned':
      return 'by nobody';
    default:
      return assertNever(signer);
  }
}

function markedLines(mark: Mark, text: string, { colour, symbols, columns }: Look): string[] {
  const signs: Record<Mark, string> = {
    ok: colour.green(symbols.completed),
    bad: colour.red(symbols.failed),
    note: colour.dim(symbols.pending),
  };
  const [first = '', ...rest] = wrapTo(printable(text), columns - 4);
  return [`  ${signs[mark]} ${first}`, ...rest.map((line) => `    ${line}`)];
}
