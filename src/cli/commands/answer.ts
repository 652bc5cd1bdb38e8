import { openSeal } from '../../app/seal.js';
import { portia } from '../../domain/next-step.js';
import { openClarifications } from '../../domain/run/clarification.js';
import { PortiaError } from '../../domain/errors.js';
import type { Run } from '../../domain/run/run.js';
import { answerRun } from '../../executor/answer-run.js';
import { questionView } from '../../ui/question-view.js';
import { EXIT } from '../session/exit-codes.js';
import { readGivenAnswers } from '../input/given-answers.js';
import { defineCommand } from '../session/command.js';
import { ANSWER_FLAGS } from '../session/options.js';
import { requireRun } from '../input/references.js';
import { stillKept } from '../output/report-run.js';
import { spellFor } from '../output/spell-stubs.js';
import { refuseFieldsBut, RUN_KEYS } from '../session/output-fields.js';
import { createSession, whoAnswers } from '../session/session.js';

/** What must not be written down can only be given to the process that asks for it. */
function notKept(origin: string, run: Run): PortiaError {
  const nothing = openClarifications(run).length === 0 ? 'No question is open. ' : '';
  return new PortiaError('answer-refused', `${origin} was not recorded.`, {
    why: `${nothing}Secrets, and a yes to a call that is not asked about yet, are never written down beforehand.`,
    fix: portia('resume', run.id, '--answer', 'NAME=@FILE'),
    runId: run.id,
  });
}

const FLAGS = ANSWER_FLAGS;

/** Records answers; nothing is run. */
export const command = defineCommand({
  examples: [['portia answer last filename=demo_runs/weather.txt', 'then: portia resume last']],
  flags: FLAGS,
  async run(invocation) {
    const session = await createSession(invocation);
    refuseFieldsBut(RUN_KEYS, session.options.fields);
    const [text = '', ...flags] = invocation.parameters;
    if (flags.length === 0 && session.options.answers === undefined) {
      throw new PortiaError('usage', 'No answer was given.', {
        why: 'portia answer records answers; portia resume asks for them.',
        fix: portia('answer', text, 'NAME=VALUE'),
      });
    }
    const { id } = await requireRun(session, text);
    const given = await readGivenAnswers(session, flags);
    const seal = openSeal(session.io.environment);
    const run = await answerRun(session.services.store, id, {
      answers: (asking) => given.forRun(asking),
      redact: session.services.redactor().json,
      by: whoAnswers(session),
      ...(seal.hasKey && { secrets: session.services.secrets, seal }),
      early: given.early,
      always: await session.services.alwaysAllowed(),
    });
    for (const { origin, kept } of given.unused()) {
      if (kept === undefined) throw notKept(origin, run);
      await session.warn(stillKept(origin));
    }
    const open = openClarifications(run);
    await session.print({
      record: run,
      async human(look) {
        const spell = await spellFor(session, run);
        if (open.length > 0) return questionView(run, { ...look, spell });
        return `Answered.\nNext  ${spell(portia('resume', run.id))}\n`;
      },
    });
    return EXIT.complete;
  },
});
