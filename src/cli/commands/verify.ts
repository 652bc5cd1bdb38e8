import type { Consent } from '../../domain/run/consents.js';
import { plainCommand, portia } from '../../domain/next-step.js';
import { judgeHere } from '../../app/signing/judge-here.js';
import { allReports, verifyRun, type RunReport } from '../../app/signing/verify-run.js';
import { shortFingerprint } from '../../app/signing/key-text.js';
import { PortiaError } from '../../domain/errors.js';
import type { Json, JsonObject } from '../../domain/values/json.js';
import { verifyView } from '../../ui/verify-view.js';
import { EXIT } from '../session/exit-codes.js';
import { defineCommand } from '../session/command.js';
import { flag, type OptionsOf } from '../session/flags.js';
import { findRun } from '../input/references.js';
import { createSession, type Session } from '../session/session.js';

const FLAGS = {
  key: flag.toggle('--key', 'print your public key; made if there is none'),
  newKey: flag.toggle('--new-key', 'make another key that signs from now on; earlier ones stay valid'),
};

type VerifyOptions = OptionsOf<typeof FLAGS>;

/** Verifies a run, or prints the user's own public key. */
export const command = defineCommand({
  about:
    'Names the first event that is not as it was recorded (exit 2), and each consent that does not count ' +
    'here (exit 6). With --key it prints your public key, by which others can name you.',
  examples: [
    ['portia verify last', 'the newest run'],
    ['portia verify --key', 'your public key'],
  ],
  flags: FLAGS,
  async run(invocation) {
    const session = await createSession(invocation);
    const [text] = invocation.parameters;
    const { key, newKey } = session.options;
    if (key !== true && newKey !== true) return verify(session, text ?? 'last');
    if (text !== undefined) {
      throw new PortiaError('usage', `--${newKey ? 'new-key' : 'key'} takes no run.`, { fix: portia('verify', text) });
    }
    return printKey(session);
  },
});

async function verify(session: Session<VerifyOptions>, text: string): Promise<number> {
  const { store } = session.services;
  const judge = await judgeHere(session.services);
  const reports = allReports(await verifyRun(await findRun(session, text), store, { judge }));
  await session.print({
    record: reports.length === 1 ? jsonOf(reports[0] as RunReport) : reports.map(jsonOf),
    human: (look) => verifyView(reports, look),
  });
  if (reports.some(({ firstBad }) => firstBad !== undefined)) return EXIT.usage;
  return reports.some(({ consents }) => consents.some(({ counts }) => !counts)) ? EXIT.notApproved : EXIT.complete;
}

function jsonOf({ runId, events, tiedFrom, firstBad, lastEnd, consents }: RunReport): JsonObject {
  return {
    run_id: runId,
    events,
    holds: firstBad === undefined,
    first_bad: firstBad === undefined ? null : { ...firstBad },
    tied_from: tiedFrom ?? null,
    last_end: lastEnd === undefined ? null : { ...lastEnd, signer: { ...lastEnd.signer } },
    consents: consents.map(({ seq, digest, agreed, signer, counts }) => ({
      seq,
      digest,
      counts,
      signer: { ...signer },
      ...agreedJson(agreed),
    })),
  };
}

function agreedJson(agreed: Consent['agreed']): JsonObject {
  switch (agreed.kind) {
    case 'answer':
      return { clarification: agreed.question as Json };
    case 'tool':
      return { tool: agreed.change.tool_id };
    case 'step':
      return { step: agreed.settled.path, how: agreed.settled.how };
  }
}

/** On standard output the key alone, so that it can be copied or piped. */
async function printKey(session: Session<VerifyOptions>): Promise<number> {
  const { signing } = session.services;
  const { key, fingerprint, from } = session.options.newKey ? signing.addKey() : signing.ownKey();
  await session.print({ record: { key, fingerprint, from }, human: () => `${key}\n` });
  if (session.format !== 'human') return EXIT.complete;
  const trust = plainCommand(portia('trust', '--signer', key, '--name', 'NAME'));
  await session.note(
    session.look.colour.dim(`Key ${shortFingerprint(fingerprint)} of ${from}. Another person names it with: ${trust}`) +
      '\n',
  );
  return EXIT.complete;
}
