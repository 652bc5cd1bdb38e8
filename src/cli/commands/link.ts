import { ownSecret } from '../../app/own-secret.js';
import { signLink } from '../../app/question-links.js';
import { exactSelector, selects } from '../../clarifications/answer-selectors.js';
import { PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import { openClarifications, type Clarification } from '../../domain/run/clarification.js';
import type { Run } from '../../domain/run/run.js';
import { asksForSecret } from '../../domain/run/secret-answers.js';
import { requireRun } from '../input/references.js';
import { defineCommand } from '../session/command.js';
import { EXIT } from '../session/exit-codes.js';
import { flag } from '../session/flags.js';
import { readDuration } from '../session/read-limits.js';
import { createSession, type Session } from '../session/session.js';

const DEFAULT_MS = 24 * 60 * 60 * 1_000;

const FLAGS = {
  for: flag.text('--for <name>', 'the person who may answer by it; needed'),
  expires: flag.text('--expires <duration>', 'how long it can be used: 90s, 2h, 3d (default: 24h)'),
};

/** Makes the address at which one person answers one question. */
export const command = defineCommand({
  about:
    'The address leads to the page of one question of `portia serve`, which takes one answer from the person whom it was ' +
    'made for. Whoever has it is taken for that person: send it to nobody else. It begins with serve.public_url of the settings.',
  examples: [['portia link last --for Ada --expires 2h', 'the one open question of the newest run']],
  flags: FLAGS,
  async run(invocation) {
    const session = await createSession(invocation);
    const { services, options, io } = session;
    const name = options.for?.trim() ?? '';
    const [text = '', selector] = invocation.parameters;
    if (name === '') {
      throw new PortiaError('usage', 'It is not said whom the link is for.', {
        why: 'The answer is recorded with that name.',
        fix: portia('link', text, '--for', 'NAME'),
      });
    }
    const run = await requireRun(session, text);
    const question = chosen(run, selector);
    const ms = readDuration(options.expires, '--expires 24h') ?? DEFAULT_MS;
    const until = new Date(services.now().getTime() + ms).toISOString();
    const { value: key } = ownSecret('link-key', io.environment);
    const token = signLink({ run: run.id, question: question.id, name, until }, key);
    const url = `${publicUrl(session)}/link/${token}`;
    await session.print({
      record: { url, run_id: run.id, question: question.id, for: name, expires_at: until },
      human: () => `${url}\n`,
    });
    return EXIT.complete;
  },
});

function publicUrl({ services }: Session): string {
  const url = services.settings.publicUrl?.value;
  if (url !== undefined) return url.replace(/\/$/, '');
  throw new PortiaError('invalid-settings', 'The public address of portia serve is not set.', {
    why: 'A link begins with it, and serve.public_url is not set.',
    fix: portia('config', 'set', '--local', 'serve.public_url', 'https://portia.example.com'),
  });
}

function chosen(run: Run, selector: string | undefined): Clarification {
  const open = openClarifications(run);
  const found = selector === undefined ? open : open.filter((question) => selects(selector, question));
  const [question] = found;
  if (question === undefined || found.length > 1) throw noneOrSeveral(run, { open, selector });
  if (!asksForSecret(question)) return question;
  throw new PortiaError('usage', 'The answer is a secret, and no link takes it.', {
    why: 'A secret is given to the process that uses it, and a link could be in other hands.',
    fix: portia('resume', run.id),
    runId: run.id,
  });
}

function noneOrSeveral(
  run: Run,
  { open, selector }: { open: Clarification[]; selector: string | undefined },
): PortiaError {
  const names = open.map((question) => exactSelector(question, open));
  const which = selector === undefined ? '' : ` called ${JSON.stringify(selector)}`;
  if (names.length === 0) {
    return new PortiaError('not-found', `${run.id} asks nothing now.`, { fix: portia('show', run.id), runId: run.id });
  }
  const several = selector === undefined;
  return new PortiaError(
    several ? 'ambiguous' : 'not-found',
    several ? `${run.id} asks ${names.length} questions.` : `${run.id} has not exactly one open question${which}.`,
    {
      why: `Open questions: ${names.join(', ')}.`,
      fix: portia('link', run.id, names[0] ?? '', '--for', 'NAME'),
      runId: run.id,
    },
  );
}
